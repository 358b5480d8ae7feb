import type { Random } from '@convkit/data'

/** A damaged copy, and what was done to it. */
export interface Mutant {
  readonly bytes: Uint8Array
  readonly what: string
}

type Mutator = (bytes: Uint8Array, random: Random) => Uint8Array

/** Every way to damage any file. */
const anyFile: { readonly [what: string]: Mutator } = {
  'a bit flipped'(bytes, random) {
    const damaged = bytes.slice()
    const at = random.integer(bytes.length)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random.integer(8))
    return damaged
  },
  'bytes overwritten'(bytes, random) {
    const damaged = bytes.slice()
    const at = random.integer(bytes.length)
    const count = 1 + random.integer(8)
    for (let i = at; i < Math.min(at + count, bytes.length); i++) damaged[i] = random.integer(256)
    return damaged
  },
  'cut off': (bytes, random) => bytes.slice(0, random.integer(bytes.length)),
  'bytes behind it': (bytes, random) => concat(bytes, bytes.slice(0, 1 + random.integer(16))),
  'bytes taken out'(bytes, random) {
    const at = random.integer(bytes.length)
    return concat(bytes.slice(0, at), bytes.slice(at + 1 + random.integer(16)))
  },
  'bytes doubled'(bytes, random) {
    const at = random.integer(bytes.length)
    return concat(bytes.slice(0, at + 16), bytes.slice(at))
  },
}

/** What the text of a header is given instead of something in it. */
// biome-ignore format: many a line
const texts = [
  '-1', '-0', '0', '1', '1.0', '1e2', '1e999', '9007199254740991', '9007199254740993', '18446744073709551615', '1e-7',
  '01', '3000000', 'null', 'true', 'NaN', '""', '"\\ud800"', '"\\u0000"', '{}', '[]', '[[0]]', '[0,0]', '[0,0,0]',
  '{"a":{"a":1}}', '"F16"', '"BF16"', '"F64"', '"F32"', '"I64"', '"U8"', '"BOOL"', '"F4"', '"F8_E4M3"', '"C64"', '"X"',
  '"__metadata__"', '"__proto__"', '"dtype"', '"shape"', '"data_offsets"', '"format"', '"layers"', '"W1"', ' ', '\n',
  '[', ']', '{', '}', ',', ':', '"', '\\', '//',
]

/** Ways to damage the header of a safetensors file while its length stays right, so that the reader comes further. */
const header: { readonly [what: string]: (text: string, random: Random) => string } = {
  'a character of the header overwritten'(text, random) {
    const at = random.integer(text.length)
    return text.slice(0, at) + String.fromCharCode(32 + random.integer(95)) + text.slice(at + 1)
  },
  'a token of the header replaced'(text, random) {
    const [begin, end] = token(text, random)
    return text.slice(0, begin) + pick(texts, random) + text.slice(end)
  },
  'a token of the header put in'(text, random) {
    const [begin] = token(text, random)
    return text.slice(0, begin) + pick(texts, random) + text.slice(begin)
  },
  'a token of the header taken out'(text, random) {
    const [begin, end] = token(text, random)
    return text.slice(0, begin) + text.slice(end)
  },
  'two tokens of the header exchanged'(text, random) {
    const [a, b] = [token(text, random), token(text, random)].sort(([x], [y]) => x - y)
    if (!a || !b || a[1] > b[0]) return text
    return text.slice(0, a[0]) + text.slice(...b) + text.slice(a[1], b[0]) + text.slice(...a) + text.slice(b[1])
  },
  'a number of the header one off'(text, random) {
    const numbers = [...text.matchAll(/\d+/g)]
    const number = numbers[random.integer(Math.max(numbers.length, 1))]
    if (!number) return text
    const other = `${Number(number[0]) + (random.integer(2) === 0 ? 1 : -1)}`
    return text.slice(0, number.index) + other + text.slice(number.index + number[0].length)
  },
  'a tensor said twice'(text, random) {
    const entries = [...text.matchAll(/"[^"]*":\{"dtype"[^}]*\}/g)]
    const entry = entries[random.integer(Math.max(entries.length, 1))]
    return entry ? `${text.slice(0, 1)}${entry[0]},${text.slice(1)}` : text
  },
  'metadata said twice': (text) => `${text.slice(0, 1)}"__metadata__":{"format":"pt"},${text.slice(1)}`,
  'lists nested deep'(text, random) {
    const [begin, end] = token(text, random)
    const depth = 10 ** (1 + random.integer(5))
    return text.slice(0, begin) + '['.repeat(depth) + ']'.repeat(depth) + text.slice(end)
  },
  'objects nested deep'(text, random) {
    const [begin, end] = token(text, random)
    const depth = 10 ** (1 + random.integer(5))
    return `${text.slice(0, begin)}${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}${text.slice(end)}`
  },
  'spaces around the header': (text, random) => pick([` ${text}`, `${text}    `, `${text}\n`, `\ufeff${text}`], random),
}

/** Damages a file in one of all ways, or in up to three of them one after another. */
export function mutate(bytes: Uint8Array, random: Random, isSafetensors = true): Mutant {
  const ways = Object.keys(isSafetensors ? { ...anyFile, ...header } : anyFile)
  const done: string[] = []
  let damaged = bytes
  for (let left = 1 + (random.integer(3) === 0 ? random.integer(3) : 0); left > 0 && damaged.length > 0; left--) {
    const what = pick(ways, random)
    done.push(what)
    const edit = header[what]
    damaged = edit ? withHeader(damaged, (text) => edit(text, random)) : (anyFile[what]?.(damaged, random) ?? damaged)
  }
  return { bytes: damaged, what: done.join(', ') }
}

/** The file with another header, whose length is said right. */
export function withHeader(bytes: Uint8Array, edit: (text: string) => string): Uint8Array {
  if (bytes.length < 8) return bytes
  const said = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const end = 8 + Number(said > BigInt(bytes.length - 8) ? bytes.length - 8 : said)
  // One character a byte, so that bytes which are no UTF-8 stay what they are.
  const text = edit(Buffer.from(bytes.subarray(8, end)).toString('latin1'))
  const length = new Uint8Array(8)
  const own = Buffer.from(text, 'latin1')
  new DataView(length.buffer).setBigUint64(0, BigInt(own.length), true)
  return concat(length, own, bytes.subarray(end))
}

/** Begin and end of something in a JSON text: a string, a number, a bracket, or a run of brackets. */
function token(text: string, random: Random): [begin: number, end: number] {
  const from = random.integer(Math.max(text.length, 1))
  const match = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[[\]{}]+|[,:]/g
  match.lastIndex = from
  const found = match.exec(text)
  return found ? [found.index, found.index + found[0].length] : [0, Math.min(1, text.length)]
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.integer(list.length)] as T
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
