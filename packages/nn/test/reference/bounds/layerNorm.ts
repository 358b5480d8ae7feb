import { input, number } from '../case.js'
import { normalizationErrors } from './normalization.js'
import type { Bound } from './rounding.js'

/** One group a row; gamma and beta a feature. */
export const layerNorm: Bound = async (c, _, precision) => {
  const { data: x, shape } = input(c, 'in.x')
  const size = x.length / (shape[0] ?? 1)
  const errors = normalizationErrors(
    {
      x,
      dy: c.inputs.get('grad.y')?.data ?? null,
      gamma: input(c, 'in.gamma').data,
      beta: input(c, 'in.beta').data,
      eps: number(c, 'eps'),
      group: Int32Array.from(x, (_, i) => Math.floor(i / size)),
      param: Int32Array.from(x, (_, i) => i % size),
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
