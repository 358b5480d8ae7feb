import { SHIFT } from './lib/simd'

@unmanaged
class ConcatRows {
  left: i32
  right: i32
  x: usize
  z: usize
  y: usize
}

/** y[n,i] = x[n,i] for i < left, and z[n,i-left] from there on. Units of images. */
export function concatForward(from: i32, to: i32, thread: i32, p: ConcatRows): void {
  const left = p.left << SHIFT
  const right = p.right << SHIFT
  for (let n = from; n < to; n++) {
    const y = p.y + n * (left + right)
    memory.copy(y, p.x + n * left, left)
    memory.copy(y + left, p.z + n * right, right)
  }
}

/** x[n,i] = y[n,i]; z[n,i] = y[n,left+i]; each where it is wanted. Units of images. */
export function concatBackward(from: i32, to: i32, thread: i32, p: ConcatRows): void {
  const left = p.left << SHIFT
  const right = p.right << SHIFT
  for (let n = from; n < to; n++) {
    const y = p.y + n * (left + right)
    if (p.x) memory.copy(p.x + n * left, y, left)
    if (p.z) memory.copy(p.z + n * right, y + left, right)
  }
}
