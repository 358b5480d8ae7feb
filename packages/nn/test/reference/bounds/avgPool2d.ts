import { mapInputs, pair } from '../case.js'
import { scaled } from './products.js'
import { type Bound, gamma } from './rounding.js'

/** y: k - 1 additions and a division, or a product with a rounded 1 / k. dx: the same for each window, then their sum. */
export const avgPool2d: Bound = async (c, evaluate, { u, eta }) => {
  const [kH, kW] = pair(c, 'kernel')
  const [strideH, strideW] = pair(c, 'stride')
  const windows = Math.ceil(kH / strideH) * Math.ceil(kW / strideW)
  const magnitudes = await evaluate(mapInputs(c, Math.abs))
  return new Map([
    ['out.y', scaled(magnitudes, 'out.y', gamma(kH * kW + 1, u), 2 * eta)],
    ['grad.x', scaled(magnitudes, 'grad.x', gamma(windows + 1, u), 2 * windows * eta)],
  ])
}
