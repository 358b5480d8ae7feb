import { affine, Scope } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'

const sizes = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  inSize: fc.integer({ min: 1, max: 6 }),
  outSize: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer(),
})

describe('affine', () => {
  test('is the definition, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ n, inSize, outSize, seed }) => {
        using scope = new Scope(createNaive())
        const random = draw(seed)
        const x = random(n * inSize)
        const w = random(inSize * outSize)
        const b = random(outSize)
        const expected = Float64Array.from({ length: n * outSize }, (_, at) => {
          const m = at % outSize
          let sum = b[m]
          for (let d = 0; d < inSize; d++) sum += x[Math.floor(at / outSize) * inSize + d] * w[d * outSize + m]
          return sum
        })
        const inputs = {
          x: scope.from(x, [n, inSize]),
          w: scope.from(w, [inSize, outSize]),
          b: scope.from(b, [outSize]),
        }
        expect(await affine.forward(scope, inputs).y.read()).toEqual(expected)
      }),
    )
  })

  test('the identity matrix gives x back, and a NaN stays in its row', async () => {
    using scope = new Scope(createNaive())
    const x = scope.from(Float64Array.of(1, -2, Number.NaN, 4), [2, 2])
    const w = scope.from(Float64Array.of(1, 0, 0, 1), [2, 2])
    expect(await affine.forward(scope, { x, w }).y.read()).toEqual(Float64Array.of(1, -2, Number.NaN, Number.NaN))
  })
})
