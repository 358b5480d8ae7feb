import { packedPanels, panelRows, stepBytes, tileBytes } from './generated/constants.js'
import type { Product } from './product.js'
import type { Runtime, Work } from './runtime.js'
import { smallProduct } from './smallProduct.js'

/** Most steps of a block of K: a panel of A and one of B stay in the first cache. */
const blockSteps = 256
/** Of packed B that a unit keeps in the second cache: long pieces of B's rows are read, and of C's rows written. */
const panelBytes = 2 ** 18
/** Panels of B that a unit packs at least: whole cache lines of B's rows. */
const fewestPanels = 4
/** Of packed A that one unit goes through: it stays in the second cache. */
const rowBytes = 2 ** 19
/** Of a product: units that each go through all blocks of K at once; more pack B in shorter pieces. */
const unitsPerThread = 2
/** Of packed A at once: threads wait for each other only where it ends. */
const packedAtOnce = 2 ** 22

/**
 * C = op(A) op(B) (+ bias) (then ReLU), op being plain or transposed. For some blocks of K: all rows of A are packed in
 * panels; then units, each a part of the rows times a part of the columns, pack their own panels of B and multiply.
 * Every element of C sums its products in the order of k, whatever the split.
 */
export function gemm(runtime: Runtime, product: Product): void {
  if (smallProduct(runtime, product)) return
  const { m, n, k, a, transposeA = false, b, transposeB = false, c, bias = null, relu = false } = product
  const { memory, threads, bytes } = runtime
  const blocks = Math.ceil(k / blockSteps)
  const steps = Math.ceil(k / blocks)
  const rowPanels = Math.ceil(m / panelRows)
  const columnPanels = Math.ceil((n * bytes) / stepBytes)
  const nanoseconds = (m * n * k * bytes) / 100
  const whole = threads === 1 || nanoseconds < 20_000
  const panelsAtOnce = Math.min(
    Math.max(fewestPanels, Math.floor(panelBytes / (stepBytes * steps))),
    whole ? columnPanels : Math.max(fewestPanels, Math.ceil(columnPanels / (unitsPerThread * threads))),
  )
  const columnParts = Math.ceil(columnPanels / panelsAtOnce)
  const blockBytes = rowPanels * panelRows * steps * bytes
  const blocksAtOnce = whole ? 1 : Math.min(blocks, Math.max(1, Math.floor(packedAtOnce / blockBytes)))
  const rowParts = Math.min(
    rowPanels,
    Math.max(Math.ceil(blockBytes / rowBytes), whole ? 1 : Math.ceil((unitsPerThread * threads) / columnParts)),
  )
  const panels = tileBytes
  const ownBytes = panels + panelsAtOnce * stepBytes * steps
  const packed = memory.scratch(blocksAtOnce * blockBytes)
  const own = memory.scratch(ownBytes * (whole ? 1 : threads))

  function run(kernel: 'gemmPack' | 'gemmMultiply' | 'gemmWhole', work: Work, block: number, endBlock: number): void {
    runtime.run(kernel, work, {
      m,
      n,
      k,
      a,
      transposeA,
      b,
      transposeB,
      c,
      bias,
      relu,
      blocks,
      block,
      endBlock,
      rowParts,
      columnParts,
      packed,
      blockBytes,
      own,
      ownBytes,
      panels,
    })
  }

  if (whole) run('gemmWhole', { units: 1, nanoseconds }, 0, blocks)
  else
    for (let block = 0; block < blocks; block += blocksAtOnce) {
      const end = Math.min(blocks, block + blocksAtOnce)
      const count = end - block
      const packs = { units: count * Math.ceil(rowPanels / packedPanels), nanoseconds: (count * m * steps * bytes) / 8 }
      run('gemmPack', packs, block, end)
      run('gemmMultiply', { units: rowParts * columnParts, nanoseconds: (nanoseconds * count) / blocks }, block, end)
    }
}
