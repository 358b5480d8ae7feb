import { input } from '../case.js'
import { sumsOfProducts } from './products.js'
import type { Bound } from './rounding.js'

/** y sums over D, dx over M, dw and db over N. */
export const affine: Bound = sumsOfProducts((c) => {
  const [inSize = 0, outSize = 0] = input(c, 'in.w').shape
  const [n = 0] = input(c, 'in.x').shape
  return { 'out.y': inSize, 'grad.x': outSize, 'grad.w': n, 'grad.b': n }
})
