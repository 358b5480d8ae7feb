/**
 * 64 bits of arrays of 32-bit numbers, as hexadecimal: two hashes of 32 bits by the mixing step of MurmurHash3 with
 * multipliers of their own. It tells one from another by accident, not one made to look like another.
 */
export function digestOf(...arrays: readonly (Float32Array | Int32Array)[]): string {
  let [a, b] = [arrays.at(0)?.length ?? 0, arrays.at(-1)?.length ?? 0]
  for (const { buffer, byteOffset, length } of arrays) {
    const words = new Int32Array(buffer, byteOffset, length)
    for (let i = 0; i < length; i++) {
      const word = words[i] ?? 0
      a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x85ebca6b)
      a ^= a >>> 15
      b = Math.imul(b ^ Math.imul(word, 0x1b873593), 0xc2b2ae35)
      b ^= b >>> 13
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
