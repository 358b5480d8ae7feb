import fc from 'fast-check'

/** A file with some bits flipped, a part cut out or repeated, or its end lost. */
export function mutated(bytes: Buffer): fc.Arbitrary<Buffer> {
  const at = fc.nat(bytes.length - 1)
  // Headers matter more than pixels.
  const early = fc.nat(Math.min(300, bytes.length - 1))
  return fc.oneof(
    fc.array(fc.tuple(fc.oneof(at, early), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
      const changed = Buffer.from(bytes)
      for (const [i, value] of changes) changed[i] = value
      return changed
    }),
    fc.oneof(at, early).map((length) => bytes.subarray(0, length)),
    fc
      .tuple(fc.oneof(at, early), at)
      .map(([from, length]) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)])),
    fc.tuple(early, early).map(([from, to]) => Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])),
  )
}
