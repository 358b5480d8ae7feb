import fc from 'fast-check'

/** A hyperparameter: as often one of the usual values as any number of a range, with all of its 53 bits. */
export function scalars(usual: readonly number[], [min, max]: readonly [number, number]): fc.Arbitrary<number> {
  return fc.oneof({ withCrossShrink: true }, fc.constantFrom(...usual), fc.double({ min, max, noNaN: true }))
}
