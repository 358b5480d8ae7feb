import { sizeOf } from '@convkit/api'
import { type AnsweredSet, readRow } from '@convkit/data'

type Hashes = readonly [number, number]

/**
 * 64 bits of numbers of 32 bits, as hexadecimal: two hashes of 32 bits by the mixing step of MurmurHash3 with
 * multipliers of their own. It tells one from another by accident, not one made to look like another.
 */
export function digestOf(values: Int32Array): string {
  return format(mix([values.length, values.length], values))
}

/** The same of a text. */
export function digestOfText(text: string): string {
  return digestOf(Int32Array.from(text, (character) => character.codePointAt(0) ?? 0))
}

/** The same of a set's pixels and labels, or targets. */
export function digestOfSet(set: AnsweredSet): string {
  const { labels, shape } = set
  const [n, ...image] = shape
  const row = new Float32Array(sizeOf(image))
  let hashes: Hashes = [n * row.length, labels.length]
  for (let index = 0; index < n; index++) {
    readRow(set, index, row)
    hashes = mix(hashes, row)
  }
  return format(mix(hashes, labels))
}

function mix([a, b]: Hashes, { buffer, byteOffset, length }: Float32Array | Int32Array): Hashes {
  const words = new Int32Array(buffer, byteOffset, length)
  for (let i = 0; i < length; i++) {
    const word = words[i]
    a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x85ebca6b)
    a ^= a >>> 15
    b = Math.imul(b ^ Math.imul(word, 0x1b873593), 0xc2b2ae35)
    b ^= b >>> 13
  }
  return [a, b]
}

function format(hashes: Hashes): string {
  return hashes.map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
