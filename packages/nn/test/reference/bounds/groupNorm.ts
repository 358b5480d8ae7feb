import { sizeOf } from '@convkit/api'
import { input, number } from '../case.js'
import { normalizationErrors } from './normalization.js'
import type { Bound } from './rounding.js'

/** One group for each image and group of channels; gamma and beta a channel. */
export const groupNorm: Bound = async (c, _, precision) => {
  const { data: x, shape } = input(c, 'in.x')
  const [, channels = 1, ...image] = shape
  const inner = sizeOf(image)
  const perGroup = (channels / number(c, 'groups')) * inner
  const errors = normalizationErrors(
    {
      x,
      dy: c.inputs.get('grad.y')?.data ?? null,
      gamma: input(c, 'in.gamma').data,
      beta: input(c, 'in.beta').data,
      eps: number(c, 'eps'),
      group: Int32Array.from(x, (_, i) => Math.floor(i / perGroup)),
      param: Int32Array.from(x, (_, i) => Math.floor(i / inner) % channels),
    },
    precision,
  )
  return new Map([
    ['out.y', errors.y],
    ['grad.x', errors.dx],
    ['grad.gamma', errors.dgamma],
    ['grad.beta', errors.dbeta],
  ])
}
