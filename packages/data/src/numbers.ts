import { DataError } from '@convkit/api'

/** Numbers in a row: a plain array, or a typed array of any type and realm. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>

/**
 * As float32; the array itself, or a view of it, where it is one. Throws a `DataError` with the index of the first value
 * that is not a finite number, or too large for float32.
 */
export function toFloat32(values: Numbers, what: string): Float32Array {
  const kind = arrayKind(values, what)
  const floats = kind === 'Float32Array' ? native(values, Float32Array) : new Float32Array(values.length)
  if (kind !== 'Float32Array')
    for (let i = 0; i < floats.length; i++) {
      const value = values[i]
      floats[i] = typeof value === 'number' ? value : asNumber(value, `${what}[${i}]`)
    }
  for (let i = 0; i < floats.length; i++) {
    const value = floats[i] ?? Number.NaN
    // False for NaN and the infinities alone, and faster than Number.isFinite.
    if (value - value !== 0)
      throw new DataError(`${what}[${i}] is ${values[i]}; expected finite numbers${tooLarge(values[i])}`)
  }
  return floats
}

/** As floating point, exactly; the array itself, or a view of it, where it is that. NaN and infinities are let through. */
export function toFloats(values: Numbers, what: string): Float32Array | Float64Array {
  const kind = arrayKind(values, what)
  if (kind === 'Float32Array') return native(values, Float32Array)
  if (kind === 'Float64Array') return native(values, Float64Array)
  return Float64Array.from({ length: values.length }, (_, i) => {
    const value = values[i]
    return typeof value === 'number' ? value : asNumber(value, `${what}[${i}]`)
  })
}

/** `count` class indices in [0, classes). */
export function toInt32(values: Numbers, what: string, count: number, classes: number): Int32Array {
  const kind = arrayKind(values, `${what}: labels`)
  if (isOneHot(values, count, classes))
    throw new DataError(`${what}: labels look one-hot; expected one class index a row: the place of the 1 (argmax)`)
  if (values.length !== count)
    throw new DataError(`${what}: ${count} rows and ${values.length} labels; expected one label a row`)
  const indices = kind === 'Int32Array' ? native(values, Int32Array) : new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const value = values[i]
    const label = typeof value === 'number' ? value : asNumber(value, `${what}: labels[${i}]`)
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new DataError(`${what}: labels[${i}] is ${values[i]}; expected whole numbers in [0, ${classes})`)
    if (kind !== 'Int32Array') indices[i] = label
  }
  return indices
}

/** `Array`, `Float64Array`, ...: what it says of itself, since `instanceof` does not know the arrays of other realms. */
function arrayKind(values: unknown, what: string): string {
  const kind = Object.prototype.toString.call(values).slice('[object '.length, -1)
  if (Array.isArray(values) || (ArrayBuffer.isView(values) && kind !== 'DataView')) return kind
  throw new DataError(`${what} must be a typed array or an array of numbers, got ${values === null ? 'null' : kind}`)
}

/** A view of the same numbers, of this realm's type. */
function native<A>(values: Numbers, array: new (buffer: ArrayBufferLike, offset: number, length: number) => A): A {
  if (values instanceof array) return values
  const { buffer, byteOffset, length } = values as unknown as Float32Array | Int32Array
  return new array(buffer, byteOffset, length)
}

function asNumber(value: unknown, where: string): number {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    throw new DataError(`${where} is an array; expected one flat array, row after row`)
  const got = typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : typeof value
  throw new DataError(`${where} is ${got}; expected a number`)
}

function tooLarge(value: unknown): string {
  return Number.isFinite(Number(value)) ? ' that float32 can hold' : ''
}

/** N * C numbers, or N arrays of C. */
function isOneHot(values: Numbers, count: number, classes: number): boolean {
  const first: unknown = values[0]
  if (Array.isArray(first) || ArrayBuffer.isView(first)) return values.length === count
  if (classes < 2 || values.length !== count * classes) return false
  for (let i = 0; i < values.length; i++) if (Number(values[i]) !== 0 && Number(values[i]) !== 1) return false
  return true
}
