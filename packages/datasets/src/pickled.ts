import { DataError } from '@convkit/api'

/** An array of numpy, its elements as they are stored. */
export class PickledArray {
  shape: readonly number[] = []
  dtype = ''
  fortran = false
  data: Uint8Array = new Uint8Array()
}

export class Global {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class Dtype {
  kind: string
  order = '|'
  constructor(kind: string) {
    this.kind = kind
  }
}

/** What a pickle holds. Strings of Python 2 are bytes. */
export type Pickled =
  | number
  | boolean
  | null
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledArray
  | Global
  | Dtype

const arrays = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct']
const scalars = ['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar']
const buffers = ['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer']

/** What a function of Python gives, of the few that are known here. */
export function call(name: string, args: readonly Pickled[]): Pickled {
  const [first = null, second = null, third = null, fourth = null] = args
  if (arrays.includes(name)) return new PickledArray()
  if (name === 'numpy.dtype') return new Dtype(String(asText(first)))
  // How Python 3 writes bytes for Python 2.
  if (name === '_codecs.encode' && typeof first === 'string') return Buffer.from(first, 'latin1')
  if (name === '__builtin__.bytes' || name === '__builtin__.bytearray') return new Uint8Array()
  if (buffers.includes(name)) return fill(new PickledArray(), [third, second, asText(fourth) === 'F', first])
  if (scalars.includes(name)) {
    const [value] = numbersOf(fill(new PickledArray(), [[1], first, false, second]))
    if (value !== undefined) return value
  }
  throw new DataError(`the pickle calls ${JSON.stringify(name)}, which is not done here`)
}

/** Errors: `DataError` for what is no shape, number type, order and data. */
export function fill(
  array: PickledArray,
  [shape, dtype, fortran, data]: readonly (Pickled | undefined)[],
): PickledArray {
  if (!Array.isArray(shape) || !(dtype instanceof Dtype) || !(data instanceof Uint8Array))
    throw new DataError('the pickle holds an array that is damaged')
  array.shape = shape.map((side) => (typeof side === 'number' ? side : Number.NaN))
  array.dtype = `${dtype.order}${dtype.kind}`
  array.fortran = fortran === true
  array.data = data
  return array
}

/** A list of numbers, or an array of whole numbers of one axis; throws `DataError` for another value. */
export function numbersOf(value: Pickled | undefined): number[] {
  if (Array.isArray(value)) {
    if (value.every((item): item is number => typeof item === 'number')) return value
  } else if (value instanceof PickledArray && value.shape.length === 1) {
    const [, order, kind, size] = /^([|<])([ui])([1248])$/.exec(value.dtype) ?? []
    const bytes = Number(size)
    const [length] = value.shape
    if (order !== undefined && value.data.length === length * bytes) {
      const buffer = Buffer.from(value.data.buffer, value.data.byteOffset, value.data.length)
      return Array.from({ length: value.data.length / bytes }, (_, i) => {
        if (bytes === 8) return Number(kind === 'i' ? buffer.readBigInt64LE(i * 8) : buffer.readBigUInt64LE(i * 8))
        return kind === 'i' ? buffer.readIntLE(i * bytes, bytes) : buffer.readUIntLE(i * bytes, bytes)
      })
    }
  }
  throw new DataError('the pickle holds no list of whole numbers where one is expected')
}

/** A string of Python 2 or 3 as text; any other value as it is. */
export function asText(value: Pickled): Pickled {
  return value instanceof Uint8Array && value.length < 1000 ? Buffer.from(value).toString('latin1') : value
}
