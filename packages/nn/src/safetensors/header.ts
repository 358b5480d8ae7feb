import { formatShape, type Shape } from '@convkit/api'
import { fault, quoted } from './fault.js'
import { HeaderText } from './headerText.js'
import { numberTypes } from './numberTypes.js'

export const metadataKey = '__metadata__'

/** Where a tensor's bytes are: [begin, end) from the end of the header. */
export interface Entry {
  readonly name: string
  readonly type: string
  readonly shape: Shape
  readonly begin: number
  readonly end: number
}

export interface Header {
  /** In the order of the bytes, of which each belongs to exactly one. */
  readonly entries: readonly Entry[]
  readonly metadata: Record<string, string>
}

const lengthBytes = 8
/** As a header's length it is more than the format allows. */
const zip = 0x504b0304
/** As in the format's own reader. */
const maxHeader = 100_000_000

/**
 * How many bytes of a file of `size` bytes come before its tensors, of which `first` are the first 8. Throws `DataError`
 * where the file is too short for them.
 */
export function headerEnd(first: Uint8Array, size: number): number {
  if (size < lengthBytes) throw fault(`the file has ${size} bytes, too few for the header's length`)
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength)
  if (view.getUint32(0) === zip)
    throw fault('the file is a zip archive, such as torch.save writes; save it with save_file of safetensors.torch')
  const announced = view.getBigUint64(0, true)
  if (announced > BigInt(size - lengthBytes))
    throw fault(`the header is said to have ${announced} bytes but only ${size - lengthBytes} follow; truncated?`)
  if (announced > maxHeader) throw fault(`the header has ${announced} bytes; the format allows ${maxHeader}`)
  return lengthBytes + Number(announced)
}

/** `head` is all that comes before the tensors, whose bytes are `bodySize`. Throws `DataError` for what the format forbids. */
export function readHeader(head: Uint8Array, bodySize: number): Header {
  const text = new HeaderText(decode(head.subarray(lengthBytes)))
  const entries: Entry[] = []
  const metadata: [string, string][] = []
  text.object('the header', (name) => {
    if (name === metadataKey) text.object('the metadata', (key) => metadata.push([key, text.string('the metadata')]))
    else entries.push(readEntry(text, name))
  })
  text.end()
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  checkCoverage(entries, bodySize)
  return { entries, metadata: Object.fromEntries(metadata) }
}

function decode(header: Uint8Array): string {
  // A byte order mark or a space is not the format, though JSON.parse may like it.
  if (header[0] !== 0x7b) throw fault('the header does not begin with {')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
  } catch (cause) {
    throw fault('the header is not UTF-8', { cause })
  }
}

function readEntry(text: HeaderText, name: string): Entry {
  const label = `tensor ${quoted(name)}`
  let type: string | null = null
  let shape: readonly number[] | null = null
  let offsets: readonly number[] | null = null
  text.object(label, (key) => {
    if (key === 'dtype') type = text.string(`the dtype of ${label}`)
    else if (key === 'shape') shape = text.wholeNumbers(`the shape of ${label}`)
    else if (key === 'data_offsets') offsets = text.wholeNumbers(`the data_offsets of ${label}`)
    else throw fault(`${label} has a ${quoted(key)}; wanted dtype, shape and data_offsets`)
  })
  return checkEntry(label, { name, type, shape, offsets })
}

interface Fields {
  readonly name: string
  readonly type: string | null
  readonly shape: readonly number[] | null
  readonly offsets: readonly number[] | null
}

function checkEntry(label: string, { name, type, shape, offsets }: Fields): Entry {
  if (type === null || !Object.hasOwn(numberTypes, type))
    throw fault(`${label} has ${type === null ? 'no dtype' : `dtype ${quoted(type)}`}; the format has none such`)
  if (!shape) throw fault(`${label} has no shape`)
  const [begin, end, ...more] = offsets ?? []
  if (begin === undefined || end === undefined || more.length > 0 || begin > end)
    throw fault(`${label} has data_offsets ${offsets ? shown(offsets) : 'missing'}; wanted [begin, end]`)
  const wanted = bytesOf(type, shape)
  if (wanted === null) throw fault(`${label} ${type} ${shown(shape)} takes more or less than a whole number of bytes`)
  if (end - begin !== wanted)
    throw fault(`${label} ${type} ${shown(shape)} takes ${wanted} bytes but its data_offsets span ${end - begin}`)
  return { name, type, shape, begin, end }
}

/** Null where they are not whole bytes, or too many to count. */
function bytesOf(type: string, shape: Shape): number | null {
  let bits = 1
  for (const length of [...shape, numberTypes[type]?.bits ?? 0]) {
    bits *= length
    if (!Number.isSafeInteger(bits)) return null
  }
  return bits % 8 === 0 ? bits / 8 : null
}

function shown(numbers: readonly number[]): string {
  return numbers.length > 10 ? `${formatShape(numbers.slice(0, 10)).slice(0, -1)},...]` : formatShape(numbers)
}

/** The format wants every byte of the body in exactly one tensor. `entries` are sorted by `begin`. */
function checkCoverage(entries: readonly Entry[], bodySize: number): void {
  let covered = 0
  for (const { name, begin, end } of entries) {
    const label = `tensor ${quoted(name)}`
    if (begin < covered) throw fault(`${label} overlaps the tensor before it: begins at ${begin}, not ${covered}`)
    if (begin > covered) throw fault(`${label} leaves a gap: begins at ${begin}, not ${covered}`)
    if (end > bodySize) throw fault(`${label} ends at byte ${end} of a body of ${bodySize}; truncated?`)
    covered = end
  }
  if (covered !== bodySize) throw fault(`the tensors take ${covered} bytes but the body has ${bodySize}`)
}
