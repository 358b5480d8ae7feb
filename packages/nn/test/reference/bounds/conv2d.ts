import { input, number } from '../case.js'
import { sumsOfProducts } from './products.js'
import type { Bound } from './rounding.js'

/**
 * y sums over the taps of one filter, dx over the filters of a group and their taps, dw and db over every output of one
 * filter. Borders have fewer terms.
 */
export const conv2d: Bound = sumsOfProducts((c) => {
  const [filters = 0, groupC = 0, kH = 0, kW = 0] = input(c, 'in.w').shape
  const dy = c.inputs.get('grad.y')?.shape ?? []
  const [n = 0, , outH = 0, outW = 0] = dy
  const places = n * outH * outW
  return {
    'out.y': groupC * kH * kW,
    'grad.x': (filters / number(c, 'groups')) * kH * kW,
    'grad.w': places,
    'grad.b': places,
  }
})
