import { type Data, type DType, dtypeOf, formatShape, type Shape, sizeOf } from '@convkit/api'
import { fault, quoted } from './fault.js'
import type { HostTensor, SafetensorsFile } from './file.js'
import { type Header, headerEnd, metadataKey, readHeader } from './header.js'
import { numberTypes } from './numberTypes.js'

/** A file in pieces, none of which is larger than its largest tensor. */
export interface Pieces {
  /** All that comes before the tensors. */
  readonly head: Uint8Array
  readonly header: Header
  /** The bytes of each tensor, in an array of its own, in the order of the file. */
  readonly bodies: readonly ArrayBuffer[]
}

/** Throws `DataError` for what the format forbids. */
export function split(bytes: Uint8Array): Pieces {
  const start = headerEnd(bytes, bytes.length)
  const head = bytes.subarray(0, start)
  const header = readHeader(head, bytes.length - start)
  // A Buffer's own `slice` would not copy.
  const body = ({ begin, end }: { begin: number; end: number }) =>
    new Uint8Array(bytes.subarray(start + begin, start + end)).buffer
  return { head, header, bodies: header.entries.map(body) }
}

export function decodePieces({ header, bodies }: Pieces): SafetensorsFile {
  const tensors = new Map<string, HostTensor>()
  const skipped = new Map<string, string>()
  for (const [i, { name, type, shape }] of header.entries.entries()) {
    const decoded = numberTypes[type]?.decode?.(bodies[i]) ?? `${type} is not read`
    if (typeof decoded === 'string') skipped.set(name, decoded)
    else tensors.set(name, { ...decoded, shape })
  }
  return { tensors, metadata: header.metadata, skipped }
}

const typeOf: { readonly [D in DType]: string } = { float32: 'F32', float64: 'F64', int32: 'I32' }

/** The head, then each tensor's bytes, which are not copied. Throws as `writeSafetensors`. */
export function encodePieces(
  tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Data }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
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
  const head = new Uint8Array(start).fill(0x20, 8 + json.length, start)
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true)
  head.set(json, 8)
  // As bytes, so that a NaN keeps its payload; every platform we run on is little-endian.
  return [head, ...sorted.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isShape(shape: Shape): boolean {
  return shape.every((length) => Number.isSafeInteger(length) && length >= 0)
}
