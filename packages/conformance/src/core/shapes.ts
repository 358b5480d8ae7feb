import fc from 'fast-check'

/**
 * Sizes that kernels stumble over: small ones first (so that counterexamples shrink to them), then one less than, equal
 * to and one more than the widths of vectors, tiles and blocks.
 */
export function sizes(max: number): fc.Arbitrary<number> {
  const aimed = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65].filter((size) => size <= max)
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.integer({ min: 1, max: Math.min(max, 6) }), weight: 3 },
    { arbitrary: fc.constantFrom(...aimed), weight: 2 },
  )
}

/** Sizes about the edges of blocks, for the few large cases. */
export function blocks(max: number): fc.Arbitrary<number> {
  const edges = [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025]
  return fc.constantFrom(...edges.filter((size) => size <= max))
}

/** [height, width], as often unequal as equal. */
export function pairs(size: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> {
  return fc.tuple(size, size)
}

/** The seed that a case's values are drawn from. */
export const seeds = fc.integer({ min: 0, max: 0x7fffffff })
