import { batchNorm, type FloatDType, groupNorm, layerNorm, Scope, sizeOf } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { type Disposable, isEqual, kernelsOf, make } from './support/backend.js'
import { numbers } from './support/numbers.js'

const arrays = { float32: Float32Array, float64: Float64Array }
const dtypes = ['float32', 'float64'] as const

async function normalized(backend: Disposable, dtype: FloatDType, shape: readonly number[], groups: number) {
  using scope = new Scope(backend)
  const tensor = (shape: readonly number[], seed: number) =>
    scope.from(arrays[dtype].from(numbers(sizeOf(shape), seed)), shape)
  const [x, dy, c] = [tensor(shape, 1), tensor(shape, 2), shape.slice(1, 2)]
  const [gamma, beta, runningMean, runningVar] = [3, 4, 5, 6].map((seed) => tensor(c, seed))
  const features = { gamma: tensor(shape.slice(1), 7), beta: tensor(shape.slice(1), 8) }

  const batch = batchNorm.forward(scope, { x, gamma, beta, runningMean, runningVar }, { mode: 'train' })
  const layer = layerNorm.forward(scope, { x, ...features })
  const group = groupNorm.forward(scope, { x, gamma, beta }, { groups })
  const results = [
    ...[batch.y, runningMean, runningVar, layer.y, group.y],
    ...Object.values(batchNorm.backward(scope, dy, batch.saved)),
    ...Object.values(layerNorm.backward(scope, dy, layer.saved)),
    ...Object.values(groupNorm.backward(scope, dy, group.saved)),
  ]
  return await Promise.all(results.map(async (result) => await result.read()))
}

describe('normalization', () => {
  it.each(dtypes)('gives the same bits on 1, 2 and 3 threads (%s)', async (dtype) => {
    await using one = await make({ threads: 1 })
    await using two = await make({ threads: 2 })
    await using three = await make({ threads: 3 })
    for (const [shape, groups] of [
      [[13, 15, 33, 31], 5],
      [[301, 518], 7],
      [[5, 6, 1, 3001], 2],
    ] as const) {
      const expected = await normalized(one, dtype, shape, groups)
      for (const backend of [two, three]) {
        const got = await normalized(backend, dtype, shape, groups)
        for (const [i, data] of got.entries()) expect(isEqual(data, expected[i])).toBe(true)
      }
    }
  })

  it.each(dtypes)('sums a million numbers as exactly as a few (%s)', async (dtype) => {
    await using backend = await make({ threads: 1 })
    const unit = dtype === 'float32' ? 2 ** -24 : 2 ** -53
    const kernels = kernelsOf(backend, dtype).batchNorm
    const third = dtype === 'float32' ? Math.fround(1 / 3) : 1 / 3
    for (const d of [
      { n: 1, channels: 1, inner: 2 ** 20 + 3 },
      { n: 2 ** 18 + 1, channels: 5, inner: 1 },
    ]) {
      const x = backend.alloc(d.n * d.channels * d.inner, dtype)
      backend.write(x, new arrays[dtype](x.length).fill(third))
      const [mean, variance] = [0, 1].map(() => backend.alloc(d.channels, dtype))
      kernels.statistics(d, x, mean, variance)
      // Chains of at most 64 additions: added one by one, a million numbers lose thousands of times as much.
      for (const value of await backend.read(mean)) expect(Math.abs(value - third) / third).toBeLessThan(64 * unit)
    }
  })
})
