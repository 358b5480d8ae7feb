import { pick, type Random } from '../random.js'

type Mutator = (bytes: Buffer, random: Random) => Buffer

const at = (bytes: Buffer, random: Random) => random(0, Math.max(0, bytes.length - 1))

/** Numbers at which readers break. */
const numbers = ['0', '-1', '1.5', '1e999', '-0', '4294967296', '9007199254740993', '3000000000', 'null', '"1"', '[]']
const words = ['{"a":', '[[[[[[[[', '"', '}', ']', ',', '__proto__', '\\ud800', '\0', 'true', 'NaN', ' ']

const mutators: readonly Mutator[] = [
  function flipBit(bytes, random) {
    const i = at(bytes, random)
    if (bytes.length > 0) bytes[i] ^= 1 << random(0, 7)
    return bytes
  },
  function setByte(bytes, random) {
    // The first bytes say the most.
    if (bytes.length > 0)
      bytes[random(0, Math.min(bytes.length - 1, random(0, 1) === 0 ? 16 : 1 << 30))] = random(0, 255)
    return bytes
  },
  function setLength(bytes, random) {
    if (bytes.length < 8) return bytes
    const value = pick([0n, 1n, 0xffffffffn, 0x7fffffffn, 2n ** 53n, 2n ** 64n - 1n, BigInt(bytes.length)], random)
    bytes.writeBigUInt64LE(value, random(0, 2) > 0 ? 0 : random(0, bytes.length - 8))
    return bytes
  },
  function cutEnd(bytes, random) {
    return bytes.subarray(0, at(bytes, random))
  },
  function append(bytes, random) {
    return Buffer.concat([bytes, Buffer.alloc(random(1, 64), random(0, 255))])
  },
  function remove(bytes, random) {
    const from = at(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random(1, 32))])
  },
  function repeat(bytes, random) {
    const from = at(bytes, random)
    const to = Math.min(bytes.length, from + random(1, 64))
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)])
  },
  function insertWord(bytes, random) {
    const from = Math.min(at(bytes, random), random(0, 1) === 0 ? 600 : 1 << 30)
    const word = pick(words, random).repeat(random(0, 9) === 0 ? 5000 : 1)
    return Buffer.concat([bytes.subarray(0, from), Buffer.from(word), bytes.subarray(from)])
  },
  function changeNumber(bytes, random) {
    const text = bytes.toString('latin1')
    const found = [...text.matchAll(/-?\d+(\.\d+)?/g)].slice(0, 500)
    const match = found[random(0, Math.max(0, found.length - 1))]
    if (!match) return bytes
    const number = pick(numbers, random)
    // Of the same length every second time, so that what is around it stays in place.
    const fits = random(0, 1) === 0 ? number : number.padEnd(match[0].length).slice(0, match[0].length)
    return Buffer.from(text.slice(0, match.index) + fits + text.slice(match.index + match[0].length), 'latin1')
  },
]

/** A file after one change to three. */
export function mutate(file: Uint8Array, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(file)
  const changes = random(1, 3)
  for (let n = 0; n < changes; n++) bytes = pick(mutators, random)(Buffer.from(bytes), random)
  return bytes
}
