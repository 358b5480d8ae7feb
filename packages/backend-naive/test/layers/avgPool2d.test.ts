import { avgPool2d, Scope, sizeOf } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'
import { padded, poolings } from '../windows.js'

describe('avgPool2d', () => {
  test('is the mean over an image padded with zeros, which count or do not', async () => {
    await fc.assert(
      fc.asyncProperty(poolings, fc.boolean(), async ({ x, options, seed }, countIncludePad) => {
        using scope = new Scope(createNaive())
        const xs = draw(seed)(sizeOf(x))
        const image = padded(xs, x, options.pad, 0)
        const counted = padded(new Float64Array(xs.length).fill(1), x, options.pad, countIncludePad ? 1 : 0)
        const { y } = avgPool2d.forward(scope, { x: scope.from(xs, x) }, { ...options, countIncludePad })
        const [, , outH, outW] = y.shape
        const expected = Array.from({ length: y.size }, (_, at) => {
          const [plane, p, q] = [Math.floor(at / (outH * outW)), Math.floor(at / outW) % outH, at % outW]
          let sum = 0
          let count = 0
          for (let i = 0; i < options.kernel[0]; i++)
            for (let j = 0; j < options.kernel[1]; j++) {
              const row = plane * image.height + p * options.stride[0] + i
              const tap = row * image.width + q * options.stride[1] + j
              sum += image.data[tap]
              count += counted.data[tap]
            }
          return sum / count
        })
        expect([...(await y.read())]).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('keeps a constant image constant where padding does not count', async () => {
    using scope = new Scope(createNaive())
    const x = scope.from(new Float64Array(16).fill(3), [1, 1, 4, 4])
    const { y } = avgPool2d.forward(scope, { x }, { kernel: 3, stride: 1, pad: 1, countIncludePad: false })
    expect(await y.read()).toEqual(new Float64Array(16).fill(3))
  })
})
