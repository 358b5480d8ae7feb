import { maxPool2d, Scope, sizeOf, type WindowOptions } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'
import { padded, poolings } from '../windows.js'

/** One image of one channel, forward and backward with the cotangents 1, 2, 3, ... */
async function pool(rows: readonly (readonly number[])[], options: WindowOptions) {
  using scope = new Scope(createNaive())
  const x = scope.from(Float64Array.from(rows.flat()), [1, 1, rows.length, rows[0].length])
  const { y, saved } = maxPool2d.forward(scope, { x }, options)
  const dy = scope.from(
    Float64Array.from({ length: y.size }, (_, i) => i + 1),
    y.shape,
  )
  const { dx } = maxPool2d.backward(scope, dy, saved)
  return { y: [...(await y.read())], dx: [...(await dx.read())] }
}

describe('maxPool2d', () => {
  test('is the maximum over an image padded with -infinity', async () => {
    await fc.assert(
      fc.asyncProperty(poolings, async ({ x, options, seed }) => {
        using scope = new Scope(createNaive())
        const xs = draw(seed)(sizeOf(x))
        const image = padded(xs, x, options.pad, -Infinity)
        const { y } = maxPool2d.forward(scope, { x: scope.from(xs, x) }, options)
        const [, , outH, outW] = y.shape
        const expected = Array.from({ length: y.size }, (_, at) => {
          const [plane, p, q] = [Math.floor(at / (outH * outW)), Math.floor(at / outW) % outH, at % outW]
          const window: number[] = []
          for (let i = 0; i < options.kernel[0]; i++)
            for (let j = 0; j < options.kernel[1]; j++)
              window.push(
                image.data[
                  (plane * image.height + p * options.stride[0] + i) * image.width + q * options.stride[1] + j
                ],
              )
          return Math.max(...window)
        })
        expect([...(await y.read())]).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('the first of equal maxima in row-major order takes the whole gradient', async () => {
    const tied = [
      [0, 7, 7],
      [7, 7, 7],
    ]
    expect(await pool(tied, { kernel: [2, 3] })).toEqual({ y: [7], dx: [0, 1, 0, 0, 0, 0] })
    expect(await pool([[-0, 0]], { kernel: [1, 2] })).toEqual({ y: [-0], dx: [1, 0] })
  })

  test('overlapping windows add up, gaps and unreached elements get zero', async () => {
    expect(await pool([[1, 9, 2]], { kernel: [1, 2], stride: 1 })).toEqual({ y: [9, 9], dx: [0, 3, 0] })
    expect(await pool([[5, 1, 8, 6, 7]], { kernel: 1, stride: 3 })).toEqual({ y: [5, 6], dx: [1, 0, 0, 2, 0] })
  })

  test('a NaN in a window gives NaN, and the first NaN takes the gradient', async () => {
    const rows = [
      [1, Infinity, 3],
      [Number.NaN, Number.NaN, 6],
    ]
    expect(await pool(rows, { kernel: 2, stride: 1 })).toEqual({
      y: [Number.NaN, Number.NaN],
      dx: [0, 0, 0, 1, 2, 0],
    })
  })

  test('padding never wins, not even over a window of -infinities', async () => {
    const bottomless = [
      [-Infinity, -Infinity],
      [-Infinity, -Infinity],
    ]
    expect(await pool(bottomless, { kernel: 3, pad: 1, stride: 3 })).toEqual({ y: [-Infinity], dx: [1, 0, 0, 0] })
    expect(await pool([[-5]], { kernel: 3, pad: 1 })).toEqual({ y: [-5], dx: [1] })
  })

  test('overlapping float32 gradients are rounded once', async () => {
    using scope = new Scope(createNaive())
    const x = scope.from(Float32Array.of(0, 1, 0), [1, 1, 1, 3])
    const { y, saved } = maxPool2d.forward(scope, { x }, { kernel: [1, 3], stride: 1, pad: [0, 2] })
    const dy = Float32Array.of(0, 1, 2 ** -24, 2 ** -24, 0)
    const { dx } = maxPool2d.backward(scope, scope.from(dy, y.shape), saved)
    expect(await dx.read()).toEqual(Float32Array.of(0, 1 + 2 ** -23, 0))
  })
})
