import type { Backend } from '@convkit/api'
import { type Case, createReferee, type NdArray, runCase } from '@convkit/conformance'
import { type Gate, specOf } from './gate.js'
import { createCase, type LayerWorkload } from './workload.js'

/** Powers of two, which fit blocks and collide in caches, and sizes that do neither. */
export const sizes: readonly number[] = [64, 100, 127, 128, 255, 256, 500, 512, 1000, 1024, 2048]
export const quickSizes: readonly number[] = [64, 127, 256, 512]

/** y = x w with square matrices and no bias: `affine` as a plain matrix product. */
export function gemm(size: number): LayerWorkload {
  return {
    kind: 'layer',
    name: `GEMM ${size}`,
    title: 'matrix product',
    layer: 'affine',
    attributes: {},
    inputs: { x: [size, size], w: [size, size] },
  }
}

/** Rows of large products that are held to the definition; the triple loop would take minutes for all. */
const held = 64

/** A row of y hangs on the same row of x alone, so that some rows can be checked in full for the price of these. */
export async function createGemmGate(workload: LayerWorkload, oracle: Backend): Promise<Gate> {
  const c = createCase(workload)
  const { x, ...others } = c.inputs
  const some: Case = { ...c, inputs: { x: rowsOf(x), ...others } }
  const referee = await createReferee(specOf(c.layer), oracle, some)
  return {
    exact: null,
    async hold(backend, dtype) {
      const { y } = await runCase(specOf(c.layer), backend, dtype, c)
      await referee.judge({ y: rowsOf(y) }, backend, dtype)
    },
  }
}

/** Evenly spread, the first and the last among them. */
function rowsOf(array: NdArray): NdArray {
  const [rows = 0, columns = 0] = array.shape
  const count = Math.min(rows, held)
  const data = new Float64Array(count * columns)
  for (let i = 0; i < count; i++) {
    const row = Math.round((i * (rows - 1)) / Math.max(1, count - 1))
    data.set(array.data.subarray(row * columns, (row + 1) * columns), i * columns)
  }
  return { shape: [count, columns], data }
}
