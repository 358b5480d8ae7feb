import type { Backend } from '@convkit/api'
import {
  type Case,
  createReferee,
  createSharpReferee,
  type NdArray,
  type Part,
  type Results,
  runCase,
  whole,
} from '@convkit/conformance'
import { relError } from '@convkit/nn'
import { specOf } from '../workload/layer.js'
import type { LayerWorkload } from '../workload/workload.js'
import type { Differences, Gate } from './gate.js'

/** Operations from which on the definition takes too long to check every row of a product. */
const large = 1e8
/** Rows of a large product that are held to the definition. */
const held = 64

/** The derived bounds of the conformance suite, on normal values and on those for which long sums hide nothing. */
export async function createLayerGate(workload: LayerWorkload, c: Case, oracle: Backend): Promise<Gate> {
  const spec = specOf(workload.layer)
  const part = isLargeProduct(workload) ? someRows : whole
  const referee = await createReferee(spec, oracle, part.ofCase(c))
  const sharp = createSharpReferee(spec, oracle, c, part)
  return {
    exact: isLargeProduct(workload) ? null : referee.exact,
    async hold({ instance, dtype }) {
      const results = part.ofResults(await runCase(spec, instance, dtype, c))
      await referee.judge(results, instance, dtype)
      await sharp.hold(instance, dtype)
      return differences(results, referee.exact)
    },
  }
}

function differences(got: Results, exact: Results): Differences {
  return Object.fromEntries(
    Object.entries(got).flatMap(([name, { data }]) => {
      const expected = exact[name]
      return expected ? [[name, relError(data, expected.data)]] : []
    }),
  )
}

function isLargeProduct({ layer, inputs, passes }: LayerWorkload): boolean {
  const [n = 0, d = 0] = inputs.x ?? []
  const [, m = 0] = inputs.w ?? []
  return layer === 'affine' && passes.every((pass) => pass === 'forward') && n * d * m > large
}

/** A row of y hangs on the same row of x alone, so that some can be checked in full for the price of these. */
const someRows: Part = {
  ofCase: ({ inputs: { x, ...others }, ...c }) => ({ ...c, inputs: { ...(x && { x: rowsOf(x) }), ...others } }),
  ofResults: ({ y }) => (y ? { y: rowsOf(y) } : {}),
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
