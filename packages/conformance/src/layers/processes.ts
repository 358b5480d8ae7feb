import { type SumOverProcesses, withSyncBatchNorm } from '@convkit/api'
import type fc from 'fast-check'
import type { Case, NdArray, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each, inputOf, same } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { runCase } from '../core/subject.js'
import { filled, map } from '../core/values.js'

/** What two processes with the same rows add up. */
const twiceItsOwn: SumOverProcesses = async (values) => {
  for (let i = 0; i < values.length; i++) values[i] *= 2
}

const twice = ({ shape: [n, ...rest], data }: NdArray): NdArray => ({
  shape: [2 * n, ...rest],
  data: filled(2 * data.length, (i) => data[i % data.length]),
})
const firstHalf = ({ shape: [n, ...rest], data }: NdArray): NdArray => ({
  shape: [n / 2, ...rest],
  data: data.slice(0, data.length / 2),
})
const half = (array: NdArray) => map(array, (value) => value / 2)

/**
 * Over several processes the kernels meet what the layer itself never gives them: another count than that of their rows,
 * an eps of 0, statistics and sums that come from elsewhere, one tensor for two operands. `cases` are in train mode.
 */
export function processes(cases: fc.Arbitrary<Case>): Law {
  const says = 'over two processes with the same rows it is batch norm of these rows twice'
  return {
    name: 'processes',
    says,
    cases,
    async check(subject, c) {
      const { spec, backend, dtype } = subject
      const both = changed(c, { inputs: { x: twice(inputOf(c, 'x')) }, dy: c.dy && twice(c.dy) })
      const own = (all: Results) =>
        each(all, {
          ...{ y: firstHalf, dx: firstHalf, dgamma: half, dbeta: half },
          ...{ mean: same, variance: same, runningMean: same, runningVar: same },
        })
      const got = await runCase(spec, withSyncBatchNorm(backend, twiceItsOwn), dtype, c)
      const [exact, bounds] = [await subject.exact(both), await subject.bounds(both)]
      compare(`processes: ${says}`, c, got, own(exact), own(bounds), subject)
    },
  }
}
