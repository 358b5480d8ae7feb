import { avgPool2d, type FloatDType, maxPool2d, Scope, sizeOf } from '@convkit/api'
import { describe, expect, it, vi } from 'vitest'
import { type Disposable, isEqual, make } from './support/backend.js'
import { numbers } from './support/numbers.js'

const arrays = { float32: Float32Array, float64: Float64Array }

/** Large enough to be shared between threads, and no size a multiple of a vector. */
const shapes = [
  { x: [37, 3, 33, 35], kernel: 2, stride: 2, pad: 0 },
  { x: [5, 7, 65, 63], kernel: 3, stride: 2, pad: 1 },
  { x: [11, 5, 31, 29], kernel: [5, 3], stride: [1, 3], pad: [4, 0, 1, 2] },
  { x: [1, 3, 127, 129], kernel: 7, stride: 7, pad: 0 },
] as const

async function pooled(backend: Disposable, dtype: FloatDType, { x: shape, ...options }: (typeof shapes)[number]) {
  using scope = new Scope(backend)
  const x = scope.from(arrays[dtype].from(numbers(sizeOf(shape))), [...shape])
  const results = []
  for (const layer of [maxPool2d, avgPool2d]) {
    const { y, saved } = layer.forward(scope, { x }, options)
    const dy = scope.from(arrays[dtype].from(numbers(y.size, 2)), y.shape)
    // The union's two `backward`s take what their own `forward` saved.
    const { dx } = 'x' in saved ? maxPool2d.backward(scope, dy, saved) : avgPool2d.backward(scope, dy, saved)
    results.push(await y.read(), await dx.read())
  }
  return results
}

describe('pooling', () => {
  it.each(['float32', 'float64'] as const)('gives the same bits on 1, 2 and 3 threads (%s)', async (dtype) => {
    await using one = await make({ threads: 1 })
    await using two = await make({ threads: 2 })
    await using three = await make({ threads: 3 })
    for (const shape of shapes) {
      const expected = await pooled(one, dtype, shape)
      for (const backend of [two, three]) {
        const got = await pooled(backend, dtype, shape)
        for (const [i, data] of got.entries()) expect(isEqual(data, expected[i])).toBe(true)
      }
    }
  })

  it('takes no more memory when it is done again', async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow')
    await using backend = await make({ threads: 2 })
    const grown: number[] = []
    for (let step = 0; step < 8; step++) {
      for (const shape of shapes) await pooled(backend, 'float32', shape)
      grown.push(grow.mock.calls.length)
    }
    vi.restoreAllMocks()
    expect(grown[0]).toBeGreaterThan(0)
    expect(grown.at(-1)).toBe(grown[0])
  })
})
