import { sizeOf } from '@convkit/api'
import { input, number } from '../case.js'
import { normalizationErrors } from './normalization.js'
import { at, type Bound } from './rounding.js'
import { running } from './running.js'

/** One group a channel; the running averages inherit the error of the batch's statistics. */
export const batchNorm: Bound = async (c, _, precision) => {
  const { data: x, shape } = input(c, 'in.x')
  const [, channels = 1, ...image] = shape
  const channel = Int32Array.from(x, (_, i) => Math.floor(i / sizeOf(image)) % channels)
  const test = c.attrs.mode === 'test'
  const [runningMean, runningVar] = [input(c, 'in.runningMean').data, input(c, 'in.runningVar').data]
  const errors = normalizationErrors(
    {
      x,
      dy: c.inputs.get('grad.y')?.data ?? null,
      gamma: input(c, 'in.gamma').data,
      beta: input(c, 'in.beta').data,
      eps: number(c, 'eps'),
      group: channel,
      param: channel,
      ...(test ? { fixed: { mean: runningMean, variance: runningVar } } : {}),
    },
    precision,
  )
  const { exact, scalar, add, sub, mul } = running(precision)
  const momentum = scalar(number(c, 'momentum'))
  const average = (old: Float64Array, batch: Float64Array, batchErrors: Float64Array) =>
    old.map((value, i) => {
      if (test) return 0
      const fresh = mul(sub(exact(1), momentum), { value: at(batch, i), error: at(batchErrors, i) })
      return add(mul(momentum, exact(value)), fresh).error
    })
  return new Map([
    ['out.y', errors.y],
    ['out.runningMean', average(runningMean, errors.mean, errors.meanError)],
    ['out.runningVar', average(runningVar, errors.variance, errors.varianceError)],
    ['grad.x', errors.dx],
    ['grad.gamma', errors.dgamma],
    ['grad.beta', errors.dbeta],
  ])
}
