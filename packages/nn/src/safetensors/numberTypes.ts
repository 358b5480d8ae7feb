import type { Data, DType } from '@convkit/api'

export interface Decoded {
  readonly dtype: DType
  readonly data: Data
}

interface NumberType {
  readonly bits: number
  /** The values of bytes that begin at a multiple of 8 and are nobody else's; the reason where no array holds them. */
  decode?(buffer: ArrayBuffer): Decoded | string
}

const integers = (bits: number, values: (buffer: ArrayBuffer) => Iterable<number> & ArrayLike<number>): NumberType => ({
  bits,
  decode: (buffer) => ({ dtype: 'int32', data: Int32Array.from(values(buffer)) }),
})

/** Every number type of the format. Those that cannot be decoded take their place in a file all the same. */
export const numberTypes: { readonly [name: string]: NumberType } = {
  F64: { bits: 64, decode: (buffer) => ({ dtype: 'float64', data: new Float64Array(buffer) }) },
  F32: { bits: 32, decode: (buffer) => ({ dtype: 'float32', data: new Float32Array(buffer) }) },
  F16: { bits: 16, decode: (buffer) => widened(buffer, bitsOfHalf) },
  BF16: { bits: 16, decode: (buffer) => widened(buffer, (half) => half << 16) },
  I64: { bits: 64, decode: (buffer) => narrowed(new BigInt64Array(buffer)) },
  U64: { bits: 64, decode: (buffer) => narrowed(new BigUint64Array(buffer)) },
  I32: { bits: 32, decode: (buffer) => ({ dtype: 'int32', data: new Int32Array(buffer) }) },
  U32: { bits: 32, decode: (buffer) => narrowed(new Uint32Array(buffer)) },
  I16: integers(16, (buffer) => new Int16Array(buffer)),
  U16: integers(16, (buffer) => new Uint16Array(buffer)),
  I8: integers(8, (buffer) => new Int8Array(buffer)),
  U8: integers(8, (buffer) => new Uint8Array(buffer)),
  BOOL: integers(8, (buffer) => new Uint8Array(buffer)),
  C64: { bits: 64 },
  F8_E5M2: { bits: 8 },
  F8_E4M3: { bits: 8 },
  F8_E8M0: { bits: 8 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F4: { bits: 4 },
}

/** Bit patterns of float32, so that a NaN keeps its payload. */
function widened(buffer: ArrayBuffer, bitsOf: (half: number) => number): Decoded {
  const halves = new Uint16Array(buffer)
  const bits = new Int32Array(halves.length)
  for (const [i, half] of halves.entries()) bits[i] = bitsOf(half)
  return { dtype: 'float32', data: new Float32Array(bits.buffer) }
}

/** IEEE 754 binary16 -> binary32, exactly: 1 sign, 5 exponent and 10 fraction bits -> 1, 8 and 23. */
function bitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13)
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // Subnormal: fraction * 2^-24, whose leading bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)
}

/** int32 where that holds every value, or else float64 where that does. */
function narrowed(values: BigInt64Array | BigUint64Array | Uint32Array): Decoded | string {
  let isInt32 = true
  for (const value of values) {
    if (value < -(2 ** 31) || value >= 2 ** 31) isInt32 = false
    if (!Number.isSafeInteger(Number(value))) return `it holds ${value}, which float64 does not hold exactly`
  }
  const data = isInt32 ? new Int32Array(values.length) : new Float64Array(values.length)
  for (const [i, value] of values.entries()) data[i] = Number(value)
  return { dtype: isInt32 ? 'int32' : 'float64', data }
}
