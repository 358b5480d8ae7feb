import fc from 'fast-check'

const aimed = [7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257]

/**
 * Sizes that kernels stumble over: small ones most often, and one less than, equal to and one more than the widths of
 * vectors, tiles and blocks. Drawn by rank, so that counterexamples shrink step by step to the smallest size that fails.
 */
export function sizes(max: number): fc.Arbitrary<number> {
  const small = [1, 2, 3, 4, 5, 6].flatMap((size) => [size, size, size])
  const list = [...small, ...aimed].filter((size) => size <= max)
  return fc.nat(list.length - 1).map((rank) => list[rank])
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
