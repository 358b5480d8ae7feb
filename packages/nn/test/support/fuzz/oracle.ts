/**
 * The safetensors format once more, as plainly as it can be said and sharing nothing with the reader: what the
 * specification says of a file, and the values in it.
 */

/** A tensor as the specification reads it: numbers, or BigInt where a double would not do; null for types without one. */
export interface SaidTensor {
  readonly shape: readonly number[]
  readonly values: readonly (number | bigint)[] | null
}

/** The tensors of a file, or null where the specification forbids it. */
export function specified(bytes: Uint8Array): Map<string, SaidTensor> | null {
  try {
    return tensorsOf(bytes)
  } catch (error) {
    if (error === forbidden) return null
    throw error
  }
}

const forbidden = new Error('the specification forbids it')

function must(holds: boolean): asserts holds {
  if (!holds) throw forbidden
}

type Json = { readonly number: string } | string | readonly Json[] | ReadonlyMap<string, Json> | boolean | null

function tensorsOf(bytes: Uint8Array): Map<string, SaidTensor> {
  must(bytes.length >= 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getBigUint64(0, true)
  must(length <= 100_000_000n && length <= BigInt(bytes.length - 8))
  const text = Buffer.from(bytes.subarray(8, 8 + Number(length)))
  must(text[0] === 0x7b && text.equals(Buffer.from(text.toString('utf8'))))
  const header = parse(text.toString('utf8').replace(/ *$/, ''))
  must(header instanceof Map)
  const body = new DataView(view.buffer, view.byteOffset + 8 + Number(length), bytes.length - 8 - Number(length))
  const owner = new Uint8Array(body.byteLength)
  const tensors = new Map<string, SaidTensor>()
  for (const [name, info] of header) {
    must(info instanceof Map)
    if (name === '__metadata__') {
      for (const value of info.values()) must(typeof value === 'string')
      continue
    }
    const [dtype, shape, offsets] = [info.get('dtype'), whole(info.get('shape')), whole(info.get('data_offsets'))]
    must(info.size === 3 && typeof dtype === 'string' && Object.hasOwn(types, dtype))
    const { bits, get } = types[dtype] ?? { bits: 0 }
    const [begin = -1n, end = -1n] = offsets
    must(offsets.length === 2 && begin <= end && end <= BigInt(body.byteLength))
    must((end - begin) * 8n === shape.reduce((product, axis) => product * axis, BigInt(bits)))
    for (let at = Number(begin); at < Number(end); at++) owner[at] = (owner[at] ?? 0) + 1
    const step = bits / 8
    const count = Number(end - begin) / step
    const values = get ? Array.from({ length: count }, (_, i) => get(body, Number(begin) + i * step)) : null
    tensors.set(name, { shape: shape.map(Number), values })
  }
  must(owner.every((owners) => owners === 1))
  return tensors
}

interface Type {
  readonly bits: number
  readonly get?: (body: DataView, at: number) => number | bigint
}

const types: { readonly [dtype: string]: Type } = {
  BOOL: { bits: 8, get: (body, at) => body.getUint8(at) },
  U8: { bits: 8, get: (body, at) => body.getUint8(at) },
  I8: { bits: 8, get: (body, at) => body.getInt8(at) },
  U16: { bits: 16, get: (body, at) => body.getUint16(at, true) },
  I16: { bits: 16, get: (body, at) => body.getInt16(at, true) },
  U32: { bits: 32, get: (body, at) => body.getUint32(at, true) },
  I32: { bits: 32, get: (body, at) => body.getInt32(at, true) },
  U64: { bits: 64, get: (body, at) => body.getBigUint64(at, true) },
  I64: { bits: 64, get: (body, at) => body.getBigInt64(at, true) },
  F16: { bits: 16, get: (body, at) => float(body.getUint16(at, true), 5, 10) },
  BF16: { bits: 16, get: (body, at) => float(body.getUint16(at, true), 8, 7) },
  F32: { bits: 32, get: (body, at) => body.getFloat32(at, true) },
  F64: { bits: 64, get: (body, at) => body.getFloat64(at, true) },
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

/** IEEE 754 in general: a sign, exponent bits, fraction bits. */
function float(bits: number, exponentBits: number, fractionBits: number): number {
  const exponent = Math.floor(bits / 2 ** fractionBits) % 2 ** exponentBits
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits
  const sign = bits >= 2 ** (exponentBits + fractionBits) ? -1 : 1
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign / 0 : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias)
  return sign * (1 + fraction) * 2 ** (exponent - bias)
}

/** A list of numbers as the format's own reader takes them: plain digits, below 2^64. */
function whole(value: Json | undefined): bigint[] {
  must(Array.isArray(value))
  return value.map((item: Json) => {
    must(typeof item === 'object' && item !== null && 'number' in item && /^\d+$/.test(item.number))
    must(BigInt(item.number) < 2n ** 64n)
    return BigInt(item.number)
  })
}

/** JSON by RFC 8259, in which a key stands once in its object. */
function parse(text: string): Json {
  const tokens = tokensOf(text)
  let at = 0
  const value = (depth: number): Json => {
    must(depth < 8)
    const token = tokens[at++]
    if (token === '{') {
      const object = new Map<string, Json>()
      each('}', () => {
        const key = tokens[at++] ?? ''
        must(key.startsWith('"') && tokens[at++] === ':')
        must(!object.has(stringOf(key)))
        object.set(stringOf(key), value(depth + 1))
      })
      return object
    }
    if (token === '[') {
      const list: Json[] = []
      each(']', () => list.push(value(depth + 1)))
      return list
    }
    must(token !== undefined)
    if (token.startsWith('"')) return stringOf(token)
    if (/^[-\d]/.test(token)) return { number: token }
    must(['true', 'false', 'null'].includes(token))
    return token === 'null' ? null : token === 'true'
  }
  const each = (close: string, item: () => void): void => {
    if (tokens[at] === close) {
      at++
      return
    }
    for (;;) {
      item()
      const token = tokens[at++]
      if (token === close) return
      must(token === ',')
    }
  }
  const result = value(0)
  must(at === tokens.length)
  return result
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const next =
    /[ \t\r\n]*(?:([{}[\]:,]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|$)/uy
  while (next.lastIndex < text.length) {
    const match = next.exec(text)
    must(match !== null)
    if (match[1] !== undefined) tokens.push(match[1])
    else must(next.lastIndex === text.length)
  }
  // Only spaces may follow the header, and those are off already.
  must(!/[\t\r\n]$/.test(text))
  return tokens
}

function stringOf(token: string): string {
  const value: string = JSON.parse(token)
  must(value === Buffer.from(value).toString())
  return value
}
