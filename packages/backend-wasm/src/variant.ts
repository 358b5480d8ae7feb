import type { FloatDType } from '@convkit/api'

/** `fma` needs relaxed SIMD: fused multiply-add, one rounding instead of two. */
export type Simd = 'simd' | 'fma'
export type MemoryKind = 'plain' | 'shared'

export type ModuleName = `${FloatDType}-${Simd}-${MemoryKind}`

/** Where the package's own modules are: each address stands alone, so that bundlers find the files. */
export const moduleUrls: { readonly [N in ModuleName]: () => URL } = {
  'float32-simd-plain': () => new URL('../wasm/float32-simd-plain.wasm', import.meta.url),
  'float32-simd-shared': () => new URL('../wasm/float32-simd-shared.wasm', import.meta.url),
  'float32-fma-plain': () => new URL('../wasm/float32-fma-plain.wasm', import.meta.url),
  'float32-fma-shared': () => new URL('../wasm/float32-fma-shared.wasm', import.meta.url),
  'float64-simd-plain': () => new URL('../wasm/float64-simd-plain.wasm', import.meta.url),
  'float64-simd-shared': () => new URL('../wasm/float64-simd-shared.wasm', import.meta.url),
  'float64-fma-plain': () => new URL('../wasm/float64-fma-plain.wasm', import.meta.url),
  'float64-fma-shared': () => new URL('../wasm/float64-fma-shared.wasm', import.meta.url),
}

/**
 * A module of one function, f(a, b, c) = f32x4.relaxed_madd of splats, lane 0: where the engine has the instruction it may
 * still round twice, since processors without a fused one do so.
 */
const maddProbe = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0x20, 2, 0xfd, 0x13],
  ...[0xfd, 0x85, 2, 0xfd, 0x1f, 0, 11],
)

export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(maddProbe)
}

/** Whether a relaxed multiply-add rounds once on this processor. */
export function fuses(): boolean {
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(maddProbe)).exports
  const a = 1 + 2 ** -12
  // a * a is 1 + 2^-11 + 2^-24, whose last term the product's own rounding loses.
  return (f as (a: number, b: number, c: number) => number)(a, a, -1 - 2 ** -11) === 2 ** -24
}
