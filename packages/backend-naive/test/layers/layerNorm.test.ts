import { groupNorm, layerNorm, Scope, type Shape, sizeOf } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'

describe('layerNorm', () => {
  test('gives every row mean 0 and variance v / (v + eps), whatever the row’s own mean', async () => {
    using scope = new Scope(createNaive())
    const size = 50
    const x = draw(12)(3 * size).map((v, i) => v + [0, 100, -1e6][Math.floor(i / size)])
    const { y, saved } = layerNorm.forward(scope, {
      x: scope.from(x, [3, size]),
      gamma: scope.from(new Float64Array(size).fill(1), [size]),
      beta: scope.from(new Float64Array(size), [size]),
    })
    const values = await y.read()
    const variance = await saved.variance.read()
    for (let n = 0; n < 3; n++) {
      const row = [...values.slice(n * size, (n + 1) * size)]
      const mean = row.reduce((a, b) => a + b) / size
      const spread = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size
      // The row mean errs by at most size * 2^-53 * 1e6, on a standard deviation above a half.
      expect(Math.abs(mean)).toBeLessThan(2 * size * 2 ** -53 * 1e6)
      expect(Math.abs(spread - variance[n] / (variance[n] + 1e-5))).toBeLessThan(2 * size * 2 ** -53 * 1e6)
    }
  })

  test('equals groupNorm with one group where gamma and beta are the same everywhere', async () => {
    using scope = new Scope(createNaive())
    const random = draw(13)
    const x = scope.from(random(24), [2, 3, 2, 2])
    const filled = (value: number, shape: Shape) => scope.from(new Float64Array(sizeOf(shape)).fill(value), shape)
    const row = layerNorm.forward(scope, { x, gamma: filled(2, [3, 2, 2]), beta: filled(3, [3, 2, 2]) })
    const group = groupNorm.forward(scope, { x, gamma: filled(2, [3]), beta: filled(3, [3]) }, { groups: 1 })
    expect(await row.y.read()).toEqual(await group.y.read())
    const dy = scope.from(random(24), [2, 3, 2, 2])
    const { dx } = layerNorm.backward(scope, dy, row.saved)
    expect(await dx.read()).toEqual(await groupNorm.backward(scope, dy, group.saved).dx.read())
  })

  test('a NaN spoils its own row and no other', async () => {
    using scope = new Scope(createNaive())
    const gamma = scope.from(Float64Array.of(1, 1), [2])
    const x = scope.from(Float64Array.of(1, 2, Number.NaN, 4), [2, 2])
    const values = [...(await layerNorm.forward(scope, { x, gamma, beta: gamma }).y.read())]
    expect(values.map(Number.isNaN)).toEqual([false, false, true, true])
  })
})
