/** The number type a module is compiled for: the compiler sets it to f32 or f64, this line is for editors. */
declare type real = f32

/**
 * A multiply and an add. Fused, c = a * b + c, the form of a product of matrices: any other costs a register move a step.
 * In two operations, c = c * a + b, of which no part is the same in every step and could be computed once.
 */
@inline
function step(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<real>(a, b, c)
  return v128.add<real>(v128.mul<real>(c, a), b)
}

/**
 * Steps in registers, in 12 chains that do not wait for each other; the sum keeps a compiler from leaving chains out.
 * Fused, nothing on 128-bit vectors is faster.
 */
export function chains(count: i32, a: f64, b: f64): f64 {
  const va = v128.splat<real>(<real>a)
  const vb = v128.splat<real>(<real>b)
  let c0 = v128.splat<real>(1)
  let c1 = v128.splat<real>(2)
  let c2 = v128.splat<real>(3)
  let c3 = v128.splat<real>(4)
  let c4 = v128.splat<real>(5)
  let c5 = v128.splat<real>(6)
  let c6 = v128.splat<real>(7)
  let c7 = v128.splat<real>(8)
  let c8 = v128.splat<real>(9)
  let c9 = v128.splat<real>(10)
  let c10 = v128.splat<real>(11)
  let c11 = v128.splat<real>(12)
  for (; count > 0; --count) {
    c0 = step(c0, va, vb)
    c1 = step(c1, va, vb)
    c2 = step(c2, va, vb)
    c3 = step(c3, va, vb)
    c4 = step(c4, va, vb)
    c5 = step(c5, va, vb)
    c6 = step(c6, va, vb)
    c7 = step(c7, va, vb)
    c8 = step(c8, va, vb)
    c9 = step(c9, va, vb)
    c10 = step(c10, va, vb)
    c11 = step(c11, va, vb)
  }
  let sum = v128.add<real>(v128.add<real>(c0, c1), v128.add<real>(c2, c3))
  sum = v128.add<real>(sum, v128.add<real>(v128.add<real>(c4, c5), v128.add<real>(c6, c7)))
  sum = v128.add<real>(sum, v128.add<real>(v128.add<real>(c8, c9), v128.add<real>(c10, c11)))
  return <f64>v128.extract_lane<real>(sum, 0)
}

/** Copies the first `bytes` bytes of memory behind themselves. */
export function copy(bytes: i32): void {
  memory.copy(bytes, 0, bytes)
}
