import { type Shape, sizeOf } from '@convkit/api'
import fc from 'fast-check'
import { sizes } from '../core/shapes.js'

/**
 * Shapes of every rank for layers that treat all elements alike. It is the number of elements that kernels stumble over:
 * a vector more or less, a block more or less.
 */
export const elementShapes: fc.Arbitrary<Shape> = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), sizes(257))
  .map(([outer, last]) => [...outer, last])
  .filter((shape) => sizeOf(shape) <= 600)

/** Across the blocks that a kernel hands to threads and work groups. */
export const manyElements: fc.Arbitrary<Shape> = fc.oneof(
  fc.tuple(fc.constantFrom(1_023, 1_025, 4_097, 16_383, 16_384, 16_385, 32_769)),
  fc.tuple(sizes(2), fc.constantFrom(3, 16, 17), fc.constantFrom(15, 32), fc.constantFrom(31, 33)),
)
