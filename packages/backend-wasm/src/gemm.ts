import type { Storage } from './memory.js'
import type { Runtime, Work } from './runtime.js'
import { thin } from './thin.js'

export interface Product {
  readonly m: number
  readonly n: number
  readonly k: number
  /** (m, k), or (k, m) where it is to be transposed. */
  readonly a: Storage
  readonly transposeA?: boolean
  /** (k, n), or (n, k) where it is to be transposed. */
  readonly b: Storage
  readonly transposeB?: boolean
  /** (m, n) */
  readonly c: Storage
  /** (n), added to every row. */
  readonly bias?: Storage | null
  readonly relu?: boolean
}

const tileRows = 4
/** Bytes of a panel's step: NR numbers. */
const stepBytes = 32
const edgeBytes = 128
/** Most steps of a block of K: a panel of A and one of B stay in the first cache. */
const blockSteps = 256
/** Of packed B that a unit keeps in the second cache: long pieces of B's rows are read, and of C's rows written. */
const panelBytes = 2 ** 18
/** Panels of B that a unit packs at least: whole cache lines of B's rows. */
const fewestPanels = 4
/** Of packed A that one unit goes through: it stays in the second cache. */
const rowBytes = 2 ** 19

/**
 * C = op(A) op(B) (+ bias) (then ReLU), op being plain or transposed. For each block of K: all rows of A are packed in
 * panels; then units, each a part of the rows times a part of the columns, pack their own panels of B and multiply.
 * Every element of C sums its products in the order of k, whatever the split.
 */
export function gemm(runtime: Runtime, product: Product): void {
  if (thin(runtime, product)) return
  const { m, n, k, a, b, c, bias = null } = product
  const { memory, threads, bytes } = runtime
  const blocks = Math.ceil(k / blockSteps)
  const steps = Math.ceil(k / blocks)
  const rowPanels = Math.ceil(m / tileRows)
  const columnPanels = Math.ceil((n * bytes) / stepBytes)
  const nanoseconds = (m * n * k * bytes) / 100
  const whole = threads === 1 || nanoseconds < 20_000
  const panelsAtOnce = Math.min(
    Math.max(fewestPanels, Math.floor(panelBytes / (stepBytes * steps))),
    whole ? columnPanels : Math.max(fewestPanels, Math.ceil(columnPanels / (4 * threads))),
  )
  const columnParts = Math.ceil(columnPanels / panelsAtOnce)
  const packedBytes = rowPanels * tileRows * steps * bytes
  const rowParts = Math.min(
    rowPanels,
    Math.max(Math.ceil(packedBytes / rowBytes), whole ? 1 : Math.ceil((4 * threads) / columnParts)),
  )
  const ownBytes = edgeBytes + panelsAtOnce * stepBytes * steps
  const packed = memory.scratch(packedBytes + ownBytes * (whole ? 1 : threads))

  function run(kernel: string, work: Work, block: number): void {
    runtime.run(kernel, work, [
      ...[m, n, k, a, product.transposeA ? 1 : 0, b, product.transposeB ? 1 : 0, c, bias, product.relu ? 1 : 0],
      ...[blocks, block, rowParts, columnParts, packed, packed + packedBytes, ownBytes],
    ])
  }

  if (whole) run('gemmWhole', { units: 1, nanoseconds }, 0)
  else
    for (let block = 0; block < blocks; block++) {
      run('gemmPack', { units: Math.ceil(rowPanels / 4), nanoseconds: (m * steps * bytes) / 8 }, block)
      run('gemmMultiply', { units: rowParts * columnParts, nanoseconds: nanoseconds / blocks }, block)
    }
}
