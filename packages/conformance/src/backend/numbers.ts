import type { ArrayOf, Data, DType } from '@convkit/api'
import { Violation } from '../core/violation.js'

type Arrays = {
  readonly [D in DType]: {
    readonly BYTES_PER_ELEMENT: number
    new (length: number): ArrayOf[D]
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayOf[D]
  }
}

export const arrays: Arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

/**
 * Numbers that are nowhere alike: whatever is lost, doubled or shifted shows. Integers have all bits, among them those
 * that would be NaN; what they make of floats is exact.
 */
export function pattern(dtype: DType, length: number, salt = 0): Data {
  const data = new arrays[dtype](length)
  const shift = dtype === 'int32' ? 0 : 8
  for (let i = 0; i < length; i++) {
    const bits = Math.imul(i + 1 + (salt << 12), 0x9e3779b1)
    data[i] = shift === 0 ? bits : bits >> shift
  }
  return data
}

/** Throws a `Violation` at the first element whose bits differ. */
export function equal(what: string, got: Data, expected: Data): void {
  if (got.constructor !== expected.constructor)
    throw new Violation(`${what}: got a ${got.constructor.name}, expected a ${expected.constructor.name}`)
  if (got.length !== expected.length)
    throw new Violation(`${what}: got ${got.length} elements, expected ${expected.length}`)
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(expected[i], got[i]))
      throw new Violation(`${what}: element ${i} is ${got[i]}, expected ${expected[i]}`)
}
