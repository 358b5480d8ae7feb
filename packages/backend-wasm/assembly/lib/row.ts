import { firstLanes, loadPart } from './lanes'
import { LANES } from './simd'

/** As many of the next `left` numbers as a vector holds; lanes beyond them are `rest`. */
@inline
export function loadLanes(p: usize, left: i32, rest: v128): v128 {
  return left >= LANES ? v128.load(p) : v128.bitselect(loadPart(p, left), rest, firstLanes(left))
}

/** The lanes of v rotated by half a vector, */
@inline
function halves(v: v128): v128 {
  return sizeof<real>() == 4 ? v128.shuffle<f32>(v, v, 2, 3, 0, 1) : v128.shuffle<f64>(v, v, 1, 0)
}

/** and by a quarter. */
@inline
function pairs(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 1, 0, 3, 2)
}

/** The sum of all lanes, in every lane. */
@inline
export function sumOfLanes(v: v128): v128 {
  v = v128.add<real>(v, halves(v))
  return sizeof<real>() == 4 ? v128.add<real>(v, pairs(v)) : v
}

/** The largest lane, in every lane; of no use where one is NaN. */
@inline
export function largestLane(v: v128): v128 {
  v = v128.pmax<real>(v, halves(v))
  return sizeof<real>() == 4 ? v128.pmax<real>(v, pairs(v)) : v
}
