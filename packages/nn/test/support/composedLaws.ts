import { Scope, type Shape, sizeOf } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { expect } from 'vitest'
import { type LayerSpec, layers } from '../../src/index.js'

const random = new Random(231)
/** Multiples of 1/8, whose sums and averages over powers of two are exact. */
export const eighths = (size: number) => Float64Array.from({ length: size }, () => (random.integer(129) - 64) / 8)
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)

const shape = [3, 2, 4, 8] as const
const size = sizeOf(shape)
const plane = 32

interface Ran {
  readonly shape: Shape
  readonly y: Float64Array
  readonly dy: Float64Array
  readonly dx: Float64Array
}

/** y of x, and dx of dy, as the layer gives them in float64; x stays what it was. */
export async function run(spec: LayerSpec, x: Float64Array, of: Shape = shape): Promise<Ran> {
  using scope = new Scope(createNaive())
  const [n, ...inner] = of
  const layer = spec.build({ scope, dtype: 'float64', random, name: spec.kind, inputShape: [1, ...inner] })
  const input = scope.from(x, of)
  const { y, backward } = layer.forward(scope, input, { train: true, random: () => 0 })
  expect(y.shape).toEqual([n, ...layer.outputShape.slice(1)])
  const dy = eighths(y.size)
  const dx = backward(scope.from(dy, y.shape), () => y, true)
  expect(backward(y, () => y, false)).toBeNull()
  expect(await input.read()).toEqual(x)
  return { shape: y.shape, y: Float64Array.from(await y.read()), dy, dx: Float64Array.from((await dx?.read()) ?? []) }
}

/** A linear layer goes back by its transpose: <y, dy> = <x, dx>. */
async function transpose(spec: LayerSpec): Promise<void> {
  const x = eighths(size)
  const { y, dy, dx } = await run(spec, x)
  expect(dot(y, dy)).toBe(dot(x, dx))
}

export type MakeScale = typeof layers.scale

export const scaleLaws = {
  transpose: (make: MakeScale) => transpose(make({ factor: -1.5 })),

  'multiplies each element': async (make: MakeScale) => {
    const x = eighths(size)
    for (const factor of [-0.25, 3])
      expect((await run(make({ factor }), x)).y).toEqual(x.map((value) => factor * value))
  },

  'the inverse undoes it': async (make: MakeScale) => {
    const x = eighths(size)
    const { y } = await run(make({ factor: -0.25 }), x)
    expect((await run(make({ factor: -4 }), y)).y).toEqual(x)
  },

  'factor 1 changes nothing': async (make: MakeScale) => {
    const x = eighths(size)
    const { y, dy, dx } = await run(make({ factor: 1 }), x)
    expect([y, dx]).toEqual([x, dy])
  },
}

export type MakeGlobalAvgPool2d = typeof layers.globalAvgPool2d

export const globalAvgPool2dLaws = {
  transpose: (make: MakeGlobalAvgPool2d) => transpose(make()),

  'the mean of each channel': async (make: MakeGlobalAvgPool2d) => {
    const x = eighths(size)
    const means = Array.from({ length: size / plane }, (_, i) => dot(x.slice(plane * i, plane * (i + 1)), ones) / plane)
    expect(Array.from((await run(make(), x)).y)).toEqual(means)
  },

  'the order of the pixels does not matter': async (make: MakeGlobalAvgPool2d) => {
    const x = eighths(size)
    const turned = x.map((_, i) => x[plane * Math.floor(i / plane) + ((7 * i + 5) % plane)])
    expect((await run(make(), turned)).y).toEqual((await run(make(), x)).y)
  },

  'each pixel gets the same part of the gradient': async (make: MakeGlobalAvgPool2d) => {
    const { dx, dy } = await run(make(), eighths(size))
    expect(dx).toEqual(dx.map((_, i) => dy[Math.floor(i / plane)] / plane))
  },
}

const ones = new Float64Array(plane).fill(1)

export type MakeUpsampleNearest2d = typeof layers.upsampleNearest2d

export const upsampleNearest2dLaws = {
  transpose: async (make: MakeUpsampleNearest2d) => {
    for (const factor of [1, 2, 4]) await transpose(make({ factor }))
  },

  'copies the nearest pixel': async (make: MakeUpsampleNearest2d) => {
    for (const factor of [1, 2, 3, 4]) {
      const x = eighths(size)
      const {
        y,
        shape: [, , height, width],
      } = await run(make({ factor }), x)
      const copies = y.map((_, i) => {
        const [w, h, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / (height * width))]
        return x[(channel * 4 + Math.floor(h / factor)) * 8 + Math.floor(w / factor)]
      })
      // A quotient and a product.
      expectClose(y, copies, factor, 2)
    }
  },

  'averaging gives x again': async (make: MakeUpsampleNearest2d) => {
    for (const factor of [1, 2, 3, 4]) {
      const x = eighths(size)
      const { y, shape: large } = await run(make({ factor }), x)
      const { y: again } = await run(layers.avgPool2d({ kernel: factor }), y, large)
      // The same two roundings, and those of a mean of nine.
      expectClose(again, x, factor, 16)
    }
  },

  'a pixel gets the gradients of all its copies': async (make: MakeUpsampleNearest2d) => {
    const { dy, dx } = await run(make({ factor: 2 }), eighths(size))
    const sums = new Float64Array(size)
    for (const [i, value] of dy.entries()) {
      const [w, row] = [i % 16, Math.floor(i / 16)]
      sums[Math.floor(row / 2) * 8 + Math.floor(w / 2)] += value
    }
    expect(dx).toEqual(sums)
  },
}

/** Within so many roundings where factor^2 is no power of two, and equal where it is. */
function expectClose(got: Float64Array, wanted: Float64Array, factor: number, roundings: number): void {
  const u = Number.isInteger(Math.log2(factor)) ? 0 : 2 ** -53
  expect(got.length).toBe(wanted.length)
  expect(got.findIndex((value, i) => !(Math.abs(value - wanted[i]) <= roundings * u * Math.abs(wanted[i])))).toBe(-1)
}
