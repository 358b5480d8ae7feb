import { type Conv2dOptions, conv2d, type FloatDType } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { isEqual, kernelsOf, make } from './support/backend.js'

type Shape = readonly [x: readonly number[], w: readonly number[], options: Conv2dOptions]

const shapes: readonly Shape[] = [
  // Whole images a unit, rows in place; rows that panels and vectors do not fill; images smaller than a panel.
  [[5, 3, 32, 32], [32, 3, 7, 7], { pad: 3 }],
  [[7, 3, 31, 31], [25, 3, 3, 3], { stride: 2, pad: 1 }],
  [[9, 13, 7, 7], [17, 13, 3, 3], { pad: 1 }],
  [[11, 6, 5, 3], [10, 3, 3, 2], { groups: 2, pad: [1, 0, 2, 3] }],
  // One image: strips of rows, blocks of channels, blocks of K.
  [[1, 75, 19, 40], [33, 75, 3, 3], { pad: 1 }],
  [[1, 3, 37, 29], [70, 3, 3, 3], { stride: [2, 3], dilation: [2, 1] }],
  [[1, 2, 60, 9], [5, 2, 1, 3], { dilation: [1, 2] }],
  // Kernels as large as the image.
  [[1, 40, 6, 6], [21, 40, 6, 6], {}],
  [[9, 5, 7, 4], [13, 5, 7, 4], { stride: 2 }],
  [[3, 4, 1, 1], [5, 4, 3, 3], { pad: 2 }],
  // One filter a group, few filters a group, with and without a stride.
  [[2, 9, 30, 23], [9, 1, 3, 3], { groups: 9, pad: 1 }],
  [[2, 9, 30, 23], [9, 1, 5, 3], { groups: 9, stride: 2 }],
  [[1, 24, 17, 18], [36, 4, 3, 3], { groups: 6, pad: 2, dilation: 2 }],
]

describe.each(['float32', 'float64'] as const)('conv2d in %s', (dtype) => {
  it('has the same bits for every number of threads', async () => {
    const [one, ...others] = await Promise.all([1, 2, 3].map((threads) => results(dtype, threads)))
    for (const other of others)
      for (const [i, output] of other.entries())
        expect(isEqual(output, one[i]), `output ${i % 5} of ${JSON.stringify(shapes[Math.floor(i / 5)])}`).toBe(true)
  })
})

async function results(dtype: FloatDType, threads: number) {
  await using backend = await make({ threads, debug: true })
  const kernels = kernelsOf(backend, dtype)
  const read = []
  for (const [x, w, options] of shapes) {
    const d = conv2d.dims(x, w, undefined, options)
    const fill = (shape: readonly number[]) => {
      const size = shape.reduce((a, b) => a * b, 1)
      const storage = backend.alloc(size, dtype)
      const numbers = Float64Array.from({ length: size }, (_, i) => Math.sin((i + 1) * 12.9898) + 0.1)
      backend.write(storage, dtype === 'float32' ? new Float32Array(numbers) : numbers)
      return storage
    }
    const outputs = [[d.n, d.outC, d.outH, d.outW], [d.n, d.outC, d.outH, d.outW], x, w, [d.outC]].map(fill)
    const [y, rectified, dx, dw, db] = outputs
    const [X, W, b, dy] = [x, w, [d.outC], [d.n, d.outC, d.outH, d.outW]].map(fill)
    kernels.conv2d.forward(d, X, W, b, y)
    kernels.convRelu?.forward(d, X, W, b, rectified)
    kernels.conv2d.backward(d, dy, X, W, dx, dw, db)
    for (const output of outputs) read.push(await backend.read(output))
  }
  return read
}

describe('dx of few channels at a stride', () => {
  it('leaves what stands behind it as it is', async () => {
    await using backend = await make({ threads: 1 })
    // dx fills its block to the last byte, and the last row of taps is the last of the image.
    const [x, w, options] = [[1, 2, 16, 16], [16, 2, 1, 5], { stride: [3, 1] }] as const
    const d = conv2d.dims(x, w, undefined, options)
    const ones = (size: number) => {
      const storage = backend.alloc(size, 'float32')
      backend.write(storage, new Float32Array(size).fill(1))
      return storage
    }
    const [X, W, dy] = [512, 160, d.outC * d.outH * d.outW].map(ones)
    const dx = backend.alloc(512, 'float32')
    const behind = backend.alloc(64, 'float32')
    backend.write(behind, new Float32Array(64).fill(-0))
    kernelsOf(backend, 'float32').conv2d.backward(d, dy, X, W, dx, null, null)
    // Added to, it would be 0; and another thread's sum would be lost.
    expect(Array.from(await backend.read(behind)).every((value) => Object.is(value, -0))).toBe(true)
  })
})
