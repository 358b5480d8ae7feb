import { createHash } from 'node:crypto'

const bits: { readonly [dtype: string]: number } = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E4M3: 8, F8_E5M2: 8, I16: 16, U16: 16, F16: 16, BF16: 16 },
  ...{ I32: 32, U32: 32, F32: 32, I64: 64, U64: 64, F64: 64, C64: 64 },
}

/**
 * Why the specification of safetensors forbids a file, found without the project's own reader; null where it finds nothing.
 * It is no full reader: duplicate keys are not looked for.
 */
export function safetensorsFault(bytes: Buffer): string | null {
  if (bytes.length < 8) return 'no length'
  const length = bytes.readBigUInt64LE()
  if (length > 100_000_000n || Number(length) > bytes.length - 8)
    return 'the header is longer than the file, or too long'
  const header = bytes.subarray(8, 8 + Number(length))
  if (header[0] !== 0x7b) return 'the header does not begin with {'
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header))
  } catch {
    return 'the header is no JSON'
  }
  if (!isMap(parsed)) return 'the header is no map'
  const { __metadata__: metadata = {}, ...tensors } = parsed
  if (!isMap(metadata) || Object.values(metadata).some((value) => typeof value !== 'string'))
    return 'the metadata is no map of texts'
  const data = bytes.length - 8 - header.length
  const ranges: (readonly [number, number])[] = []
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!isMap(tensor)) return `${name} is no map`
    const { dtype, shape, data_offsets: range } = tensor
    if (!isCounts(shape) || !isCounts(range)) return `${name}: shape or offsets`
    const [from = 0, to = 0] = range
    if (range.length !== 2 || from > to || to > data) return `${name}: offsets`
    const size = typeof dtype === 'string' ? bits[dtype] : 0
    if (size === 0) return `${name}: dtype`
    const elements = shape.reduce((product, n) => product * n, 1)
    if (size !== undefined && elements * size !== (to - from) * 8) return `${name}: size`
    ranges.push([from, to])
  }
  let end = 0
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end) return 'a hole or an overlap'
    end = to
  }
  return end === data ? null : 'bytes that are no tensor’s'
}

function isMap(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}

/** A checkpoint with the digest that its contents have, so that they are looked at. */
export function withDigest(bytes: Buffer): Buffer {
  const at = bytes.indexOf('"sha256":"') + 10
  if (at < 10 || at + 64 > bytes.length) return bytes
  const blank = Buffer.from(bytes).fill('0', at, at + 64)
  blank.write(createHash('sha256').update(blank).digest('hex'), at)
  return blank
}
