import { relu, Scope } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'

async function apply(x: Float64Array, dy: Float64Array) {
  using scope = new Scope(createNaive())
  const { y, saved } = relu.forward(scope, { x: scope.from(x, [x.length]) })
  const { dx } = relu.backward(scope, scope.from(dy, [x.length]), saved)
  return { y: await y.read(), dx: await dx.read() }
}

describe('relu', () => {
  test('keeps what is positive, gives +0 for the rest, and a NaN stays NaN, for any number at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.float64Array({ minLength: 1, maxLength: 20 }), async (x) => {
        const { y } = await apply(x, x)
        expect(y).toEqual(x.map((v) => (v > 0 || Number.isNaN(v) ? v : 0)))
      }),
    )
  })

  test('passes the gradient where y > 0, gives 0 at and below 0, and shows a NaN of the forward pass', async () => {
    const x = Float64Array.of(2, -2, 0, -0, Infinity, -Infinity, Number.NaN, 5e-324, 1)
    const dy = Float64Array.of(-3, -3, -3, -3, -3, -3, -3, -3, Number.NaN)
    const { y, dx } = await apply(x, dy)
    expect(y).toEqual(Float64Array.of(2, 0, 0, 0, Infinity, 0, Number.NaN, 5e-324, 1))
    expect(dx).toEqual(Float64Array.of(-3, 0, 0, 0, -3, 0, Number.NaN, -3, Number.NaN))
  })

  test('drops the gradient of a dead unit even if that is NaN or infinite', async () => {
    const { dx } = await apply(Float64Array.of(-1, -1), Float64Array.of(Number.NaN, Infinity))
    expect(dx).toEqual(Float64Array.of(0, 0))
  })
})
