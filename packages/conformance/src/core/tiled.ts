import type { Shape } from '@convkit/api'
import type { NdArray } from './case.js'
import { gather } from './gather.js'
import { map } from './values.js'

/**
 * An array of another shape, over which the source is laid again and again, each time with something added: multiples of
 * 1/8, so that sums of such stay exact. Labels stay as they are.
 */
export function tiled(source: NdArray, shape: Shape): NdArray {
  const laid = gather(source, shape, (index) => index.map((at, axis) => at % source.shape[axis]))
  return laid.data instanceof Int32Array ? laid : map(laid, (value, i) => Math.fround(value + ((5 * i) % 16) / 8))
}
