import type { Shape } from '@convkit/api'
import fc from 'fast-check'
import { sizes } from '../core/shapes.js'

/**
 * Shapes of every rank for layers that treat all elements alike. It is the number of elements that kernels stumble over:
 * a vector more or less, a block more or less.
 */
export function elementShapes(max: number): fc.Arbitrary<Shape> {
  const blocks = [127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 16_383, 16_385, 65_535, 65_537]
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.tuple(sizes(65)), weight: 3 },
    { arbitrary: fc.tuple(fc.constantFrom(...blocks.filter((size) => size <= max))), weight: 1 },
    { arbitrary: fc.tuple(sizes(5), sizes(17)), weight: 1 },
    { arbitrary: fc.tuple(sizes(2), sizes(5), sizes(9), sizes(9)), weight: 2 },
  )
}
