import { mapInputs, pair } from '../case.js'
import { scaled } from './products.js'
import { type Bound, gamma } from './rounding.js'

/**
 * y is chosen, not computed: exact. The choice depends on x alone, so both sides route dy alike, and dx sums the dy of
 * at most ceil(k / s) windows an axis.
 */
export const maxPool2d: Bound = async (c, evaluate, { u }) => {
  const [kH, kW] = pair(c, 'kernel')
  const [strideH, strideW] = pair(c, 'stride')
  const windows = Math.ceil(kH / strideH) * Math.ceil(kW / strideW)
  const magnitudes = await evaluate(mapInputs(c, (value, name) => (name === 'grad.y' ? Math.abs(value) : value)))
  return new Map([
    ['out.y', scaled(magnitudes, 'out.y', 0, 0)],
    ['grad.x', scaled(magnitudes, 'grad.x', gamma(windows - 1, u), 0)],
  ])
}
