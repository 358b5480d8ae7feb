import { type Data, DataError, type DType, dtypeOf, formatShape, type Shape, sizeOf } from '@convkit/api'

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
}

const formats = {
  F32: { dtype: 'float32', array: Float32Array },
  F64: { dtype: 'float64', array: Float64Array },
  I32: { dtype: 'int32', array: Int32Array },
} as const
type Format = keyof typeof formats

const formatOf: { readonly [D in DType]: Format } = { float32: 'F32', float64: 'F64', int32: 'I32' }
const metadataKey = '__metadata__'

interface Entry {
  readonly label: string
  readonly name: string
  readonly format: Format
  readonly shape: Shape
  readonly begin: number
  readonly end: number
}

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then row-major values, all little-endian
 * (https://huggingface.co/docs/safetensors). Reads F32, F64 and I32. The values are copied out of `bytes`.
 * Throws `DataError` for a file that is damaged or holds another number type.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < 8) throw fault(`the file has ${bytes.length} bytes, too few for the header's length`)
  const announced = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true)
  if (announced > BigInt(bytes.length - 8))
    throw fault(`the header is said to have ${announced} bytes but only ${bytes.length - 8} follow; truncated?`)
  const start = 8 + Number(announced)
  const { [metadataKey]: metadata = {}, ...infos } = record('the header', parse(bytes.subarray(8, start)))
  const entries = Object.entries(infos).map(([name, info]) => readEntry(name, info))
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  checkCoverage(entries, bytes.length - start)
  const tensors = new Map<string, HostTensor>()
  for (const { name, format, shape, begin, end } of entries) {
    const copy = new Uint8Array(end - begin)
    copy.set(bytes.subarray(start + begin, start + end))
    const { dtype, array } = formats[format]
    tensors.set(name, { dtype, shape, data: new array(copy.buffer) })
  }
  return { tensors, metadata: readMetadata(metadata) }
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
      throw fault(`tensor ${JSON.stringify(name)} has ${data.length} values but shape ${formatShape(shape)}`)
    const end = size + data.byteLength
    header.push([name, { dtype: formatOf[dtypeOf(data)], shape, data_offsets: [size, end] }])
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

function fault(what: string, options?: ErrorOptions): DataError {
  return new DataError(`safetensors: ${what}`, options)
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function parse(header: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
  } catch (cause) {
    throw fault('the header is not JSON', { cause })
  }
}

function record(label: string, value: unknown): { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(`${label} is not a JSON object`)
  return { ...value }
}

function readMetadata(value: unknown): Record<string, string> {
  const entries: [string, string][] = []
  for (const [key, text] of Object.entries(record('the metadata', value))) {
    if (typeof text !== 'string') throw fault(`metadata ${JSON.stringify(key)} is not a string`)
    entries.push([key, text])
  }
  return Object.fromEntries(entries)
}

function readEntry(name: string, value: unknown): Entry {
  const label = `tensor ${JSON.stringify(name)}`
  const { dtype, shape, data_offsets: offsets } = record(label, value)
  if (!isFormat(dtype)) throw fault(`${label} has dtype ${JSON.stringify(dtype)}; F32, F64 and I32 can be read`)
  if (!isShape(shape)) throw fault(`${label} has shape ${JSON.stringify(shape)}; wanted a list of axis lengths`)
  const [begin, end] = isShape(offsets) ? offsets : []
  if (!isShape(offsets) || offsets.length !== 2 || begin === undefined || end === undefined || begin > end)
    throw fault(`${label} has data_offsets ${JSON.stringify(offsets)}; wanted [begin, end]`)
  const wanted = sizeOf(shape) * formats[dtype].array.BYTES_PER_ELEMENT
  if (end - begin !== wanted)
    throw fault(
      `${label} ${dtype} ${formatShape(shape)} takes ${wanted} bytes but its data_offsets span ${end - begin}`,
    )
  return { label, name, format: dtype, shape, begin, end }
}

/** The format wants every byte of the body in exactly one tensor. `entries` are sorted by `begin`. */
function checkCoverage(entries: readonly Entry[], bodySize: number): void {
  let covered = 0
  for (const { label, begin, end } of entries) {
    if (begin < covered) throw fault(`${label} overlaps the tensor before it: begins at ${begin}, not ${covered}`)
    if (begin > covered) throw fault(`${label} leaves a gap: begins at ${begin}, not ${covered}`)
    if (end > bodySize) throw fault(`${label} ends at byte ${end} of a body of ${bodySize}; truncated?`)
    covered = end
  }
  if (covered !== bodySize) throw fault(`the tensors take ${covered} bytes but the body has ${bodySize}`)
}

function isFormat(value: unknown): value is Format {
  return typeof value === 'string' && Object.hasOwn(formats, value)
}

function isShape(value: unknown): value is Shape {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0)
}
