import type { Backend } from '@convkit/api'
import { type Case, createReferee, type NdArray, type Referee, type Results, runCase } from '@convkit/conformance'
import { specOf } from '../workload/layer.js'

/** Elements that differ; a prime, so that no block of a kernel begins alike. */
const period = 4099

/**
 * An update of millions of elements, on operands that repeat after `period`: each element's bound is that of the first like
 * it, which costs as much as a short update's.
 */
export async function createRepeatedReferee(c: Case, oracle: Backend): Promise<Pick<Referee, 'hold'>> {
  const spec = specOf(c.layer)
  const cut = ({ data }: NdArray): NdArray => ({ shape: [period], data: Float64Array.from(data.subarray(0, period)) })
  const first: Case = { ...c, inputs: mapped(c.inputs, cut) }
  const referee = await createReferee(spec, oracle, first)
  const whole: Case = {
    ...c,
    inputs: mapped(c.inputs, ({ shape, data }) => ({
      shape,
      data: Float64Array.from(data, (_, i) => data[i % period]),
    })),
  }
  return {
    async hold(backend, dtype) {
      const got = await runCase(spec, backend, dtype, whole)
      await referee.judge(worstOfEach(got, referee.exact), backend, dtype)
    },
  }
}

/** Of the elements that should be alike, the one that is furthest from what they should be. */
function worstOfEach(got: Results, exact: Results): Results {
  return Object.fromEntries(
    Object.entries(exact).map(([name, { shape, data }]) => {
      const values = got[name]?.data ?? []
      const worst = new Float64Array(period)
      const furthest = new Float64Array(period).fill(-1)
      for (let i = 0; i < values.length; i++) {
        const [value, at] = [values[i], i % period]
        const distance = Math.abs(value - data[at])
        // A NaN is further than anything.
        if (distance <= furthest[at]) continue
        furthest[at] = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
        worst[at] = value
      }
      return [name, { shape, data: worst }]
    }),
  )
}

function mapped(arrays: Results, change: (array: NdArray) => NdArray): Results {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, change(array)]))
}
