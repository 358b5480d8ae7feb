import type { FloatDType } from '@convkit/api'

/** `fma` needs relaxed SIMD: fused multiply-add, one rounding instead of two. */
export type Simd = 'simd' | 'fma'
export type MemoryKind = 'plain' | 'shared'

/** Each address stands alone, so that bundlers find the files. */
export const moduleUrls: { readonly [D in FloatDType]: { readonly [V in `${Simd}-${MemoryKind}`]: () => URL } } = {
  float32: {
    'simd-plain': () => new URL('../wasm/float32-simd-plain.wasm', import.meta.url),
    'simd-shared': () => new URL('../wasm/float32-simd-shared.wasm', import.meta.url),
    'fma-plain': () => new URL('../wasm/float32-fma-plain.wasm', import.meta.url),
    'fma-shared': () => new URL('../wasm/float32-fma-shared.wasm', import.meta.url),
  },
  float64: {
    'simd-plain': () => new URL('../wasm/float64-simd-plain.wasm', import.meta.url),
    'simd-shared': () => new URL('../wasm/float64-simd-shared.wasm', import.meta.url),
    'fma-plain': () => new URL('../wasm/float64-fma-plain.wasm', import.meta.url),
    'fma-shared': () => new URL('../wasm/float64-fma-shared.wasm', import.meta.url),
  },
}

/** A module of one function that is f32x4.relaxed_madd: (v128, v128, v128) -> v128. */
const relaxedProbe = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 11],
)

export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(relaxedProbe)
}
