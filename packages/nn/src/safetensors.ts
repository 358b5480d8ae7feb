import { type Data, type DType, dtypeOf, formatShape, type Shape, sizeOf } from '@convkit/api'
import { fault, quoted } from './safetensors/fault.js'
import { headerEnd, metadataKey, readHeader } from './safetensors/header.js'
import { numberTypes } from './safetensors/numberTypes.js'

/** An array on the host with its shape. `[]` is a scalar; an axis may be 0. */
export interface HostTensor {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: Data
}

export interface SafetensorsFile {
  /** In the order of the bytes. */
  readonly tensors: Map<string, HostTensor>
  readonly metadata: Record<string, string>
  /** Tensors whose values no array here holds exactly, with the reason. */
  readonly skipped: Map<string, string>
}

const typeOf: { readonly [D in DType]: string } = { float32: 'F32', float64: 'F64', int32: 'I32' }

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then row-major values, all little-endian
 * (https://github.com/huggingface/safetensors#format). F64, F32 and I32 are read as they are; F16 and BF16 as float32;
 * I8, U8, I16, U16 and BOOL as int32; I64, U64 and U32 as int32 where that holds every value, or else as float64. What
 * is exact in none of them, F8 and smaller, and C64, is left out and named. The values are copied out of `bytes`.
 * Throws `DataError` for a file that the format forbids.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const start = headerEnd(bytes, bytes.length)
  const { entries, metadata } = readHeader(bytes.subarray(0, start), bytes.length - start)
  const tensors = new Map<string, HostTensor>()
  const skipped = new Map<string, string>()
  for (const { name, type, shape, begin, end } of entries) {
    const decode = numberTypes[type]?.decode
    const decoded = decode?.(new Uint8Array(bytes.subarray(start + begin, start + end)).buffer) ?? `${type} is not read`
    if (typeof decoded === 'string') skipped.set(name, decoded)
    else tensors.set(name, { ...decoded, shape })
  }
  return { tensors, metadata, skipped }
}

/**
 * Writes a safetensors file. The bytes depend on names, shapes and values alone, not on the order of the maps: wider
 * types come first, so that every tensor is aligned, then names in code-unit order. The header is padded with spaces to
 * a multiple of 8 bytes. Throws `DataError` where a shape does not fit its array.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Data }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, { data: x }], [b, { data: y }]) => y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || byName(a, b),
  )
  const header: [string, unknown][] = []
  if (Object.keys(metadata).length > 0)
    header.push([metadataKey, Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => byName(a, b)))])
  let size = 0
  for (const [name, { shape, data }] of sorted) {
    if (name === metadataKey) throw fault(`a tensor cannot be named ${metadataKey}`)
    if (!isShape(shape) || sizeOf(shape) !== data.length)
      throw fault(`tensor ${quoted(name)} has ${data.length} values but shape ${formatShape(shape)}`)
    const end = size + data.byteLength
    header.push([name, { dtype: typeOf[dtypeOf(data)], shape, data_offsets: [size, end] }])
    size = end
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const start = 8 + Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(start + size).fill(0x20, 8 + json.length, start)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  bytes.set(json, 8)
  let offset = start
  for (const [, { data }] of sorted) {
    // Copied as bytes, so that a NaN keeps its payload; every platform we run on is little-endian.
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return bytes
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isShape(shape: Shape): boolean {
  return shape.every((length) => Number.isSafeInteger(length) && length >= 0)
}
