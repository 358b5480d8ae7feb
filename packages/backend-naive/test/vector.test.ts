import { dropout, Scope, vector } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../src/index.js'

const arrays = fc.float64Array({ minLength: 1, maxLength: 12 })

describe('vector', () => {
  test('is elementwise arithmetic, for any number at all', async () => {
    await fc.assert(
      fc.asyncProperty(arrays, fc.double(), async (x, a) => {
        using scope = new Scope(createNaive())
        const reversed = x.slice().reverse()
        const tx = scope.from(x, [x.length])
        const y = scope.from(reversed, [x.length])
        vector.addScaled(y, a, tx)
        expect(await y.read()).toEqual(reversed.map((v, i) => v + a * x[i]))
        vector.multiply(tx, tx, y)
        expect(await y.read()).toEqual(x.map((v) => v * v))
        vector.copy(tx, y)
        vector.scale(y, a)
        expect(await y.read()).toEqual(x.map((v) => a * v))
        vector.fill(y, a)
        expect(await y.read()).toEqual(x.map(() => a))
        expect(await tx.read()).toEqual(x)
      }),
    )
  })

  test('sumOfSquares adds float32 elements in double precision', async () => {
    using scope = new Scope(createNaive())
    // Each square is half an ulp of 1 in float32: added one by one in float32 they would all be lost.
    const x = new Float32Array(1 + 2 ** 10).fill(2 ** -12)
    x[0] = 1
    const sum = await vector.sumOfSquares(scope, scope.from(x, [x.length])).read()
    expect(sum).toEqual(Float32Array.of(1 + 2 ** -14))
  })
})

describe('dropout', () => {
  test('keeps elements times 1 / (1 - p) and passes gradients through the same mask', async () => {
    using scope = new Scope(createNaive())
    const x = scope.from(Float64Array.of(1, 2, 3, 4), [4])
    const numbers = [0.1, 0.9, 0.2, 0.25]
    const random = () => numbers.shift() ?? 0
    const { y, saved } = dropout.forward(scope, { x }, { mode: 'train', p: 0.25, random })
    expect(await y.read()).toEqual(Float64Array.of(0, 2 / 0.75, 0, 4 / 0.75))
    const dy = scope.from(Float64Array.of(3, 3, 3, 3), [4])
    expect(await dropout.backward(scope, dy, saved).dx.read()).toEqual(Float64Array.of(0, 4, 0, 4))
  })
})
