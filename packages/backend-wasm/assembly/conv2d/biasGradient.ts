import { LANES, SHIFT } from '../lib/simd'

@unmanaged
class Conv2dBiasGradient {
  n: i32
  filters: i32
  outSize: i32
  dy: usize
  db: usize
}

/** db[f] = sum of dy[n][f][pixel], the sums of the planes added up. A unit is a filter. */
export function conv2dBiasGradient(from: i32, to: i32, thread: i32, p: Conv2dBiasGradient): void {
  const size = p.outSize
  for (let f = from; f < to; f++) {
    let total: real = 0
    for (let n = 0; n < p.n; n++) total += sumOf(p.dy + (((n * p.filters + f) * size) << SHIFT), size)
    store<real>(p.db + (f << SHIFT), total)
  }
}

function sumOf(dy: usize, size: i32): real {
  let a = v128.splat<real>(0)
  let b = a
  let i = 0
  for (; i <= size - 2 * LANES; i += 2 * LANES) {
    const at = dy + (i << SHIFT)
    a = v128.add<real>(a, v128.load(at))
    b = v128.add<real>(b, v128.load(at, 16))
  }
  a = v128.add<real>(a, b)
  let sum: real = 0
  for (; i < size; i++) sum += load<real>(dy + (i << SHIFT))
  sum += v128.extract_lane<real>(a, 0) + v128.extract_lane<real>(a, 1)
  if (LANES == 4) sum += v128.extract_lane<real>(a, 2) + v128.extract_lane<real>(a, 3)
  return sum
}
