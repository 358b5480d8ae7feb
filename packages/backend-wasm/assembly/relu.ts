import { LINE, rectified, SHIFT } from './lib/simd'

@unmanaged
class ReluForward {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class ReluBackward {
  size: i32
  dy: usize
  y: usize
  dx: usize
}

/** y[i] = 0 where x[i] <= 0, else x[i]; a NaN stays NaN. Units of 64 bytes. */
export function reluForward(from: i32, to: i32, thread: i32, p: ReluForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  let i = from * LINE
  for (; i <= end - 16; i += 16) {
    const x = v128.load(p.x + i)
    v128.store(p.y + i, rectified(x))
  }
  for (; i < end; i += <i32>sizeof<real>()) {
    const x = load<real>(p.x + i)
    store<real>(p.y + i, x <= 0 ? 0 : x)
  }
}

/** dx[i] = dy[i] where y[i] > 0, 0 where y[i] = 0, and NaN where y[i] is NaN. Units of 64 bytes. */
export function reluBackward(from: i32, to: i32, thread: i32, p: ReluBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const zero = v128.splat<real>(0)
  let i = from * LINE
  for (; i <= end - 16; i += 16) {
    const y = v128.load(p.y + i)
    const passed = v128.and(v128.load(p.dy + i), v128.gt<real>(y, zero))
    v128.store(p.dx + i, v128.bitselect(y, passed, v128.ne<real>(y, y)))
  }
  for (; i < end; i += <i32>sizeof<real>()) {
    const y = load<real>(p.y + i)
    store<real>(p.dx + i, y > 0 ? load<real>(p.dy + i) : y == y ? 0 : y)
  }
}
