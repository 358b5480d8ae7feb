import { Scope, type Shape } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, test } from 'vitest'
import { type LayerSpec, layers } from '../src/index.js'

const random = new Random(231)
/** Multiples of 1/8, whose sums and averages over powers of two are exact. */
const eighths = (size: number) => Float64Array.from({ length: size }, () => (random.integer(129) - 64) / 8)
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)

const shape = [3, 2, 4, 8] as const

/** y of x, and dx of dy, as the layer gives them in float64. */
async function run(spec: LayerSpec, x: Float64Array, of: Shape = shape) {
  using scope = new Scope(createNaive())
  const [n, ...inner] = of
  const layer = spec.build({ scope, dtype: 'float64', random, name: spec.kind, inputShape: [1, ...inner] })
  const { y, backward } = layer.forward(scope, scope.from(x, of), { train: true, random: () => 0 })
  expect(y.shape).toEqual([n, ...layer.outputShape.slice(1)])
  const dy = eighths(y.size)
  const dx = backward(scope.from(dy, y.shape), () => y, true)
  expect(backward(y, () => y, false)).toBeNull()
  return { shape: y.shape, y: await y.read(), dy, dx: (await dx?.read()) ?? new Float64Array() }
}

const made = [
  layers.scale({ factor: -1.5 }),
  layers.globalAvgPool2d(),
  layers.upsampleNearest2d({ factor: 4 }),
  layers.upsampleNearest2d({ factor: 1 }),
]

describe('layers that are made of the kernels of others', () => {
  test.each(made)('$kind $options goes back by its transpose: <y, dy> = <x, dx>', async (spec) => {
    const x = eighths(192)
    const { y, dy, dx } = await run(spec, x)
    expect(dot(Float64Array.from(y), dy)).toBe(dot(x, Float64Array.from(dx)))
  })

  test('scale multiplies, keeps x with factor 1, and undoes itself by the inverse', async () => {
    const x = eighths(192)
    expect((await run(layers.scale({ factor: 1 }), x)).y).toEqual(x)
    const { y } = await run(layers.scale({ factor: -0.25 }), x)
    expect(y).toEqual(x.map((value) => -value / 4))
    expect((await run(layers.scale({ factor: -4 }), Float64Array.from(y))).y).toEqual(x)
  })

  test('globalAvgPool2d averages each image, whatever the order of its pixels', async () => {
    const x = eighths(192)
    const means = Array.from({ length: 6 }, (_, i) => x.slice(32 * i, 32 * i + 32).reduce((a, b) => a + b) / 32)
    expect(Array.from((await run(layers.globalAvgPool2d(), x)).y)).toEqual(means)
    const reversed = x.map((_, i) => x[i - (i % 32) + 31 - (i % 32)])
    expect(Array.from((await run(layers.globalAvgPool2d(), reversed)).y)).toEqual(means)
  })

  test.each([1, 2, 3, 4])('upsampleNearest2d by %i copies each pixel, and averaging gives x again', async (factor) => {
    const x = eighths(192)
    const { y, shape: large } = await run(layers.upsampleNearest2d({ factor }), x)
    const [, , height, width] = large
    const copies = Array.from(y, (_, i) => {
      const [w, h, plane] = [i % width, Math.floor(i / width) % height, Math.floor(i / (height * width))]
      return x[(plane * 4 + Math.floor(h / factor)) * 8 + Math.floor(w / factor)]
    })
    // A quotient and a product where factor^2 is no power of two.
    const u = Number.isInteger(Math.log2(factor)) ? 0 : 2 ** -53
    for (const [i, copy] of copies.entries()) expect(Math.abs(y[i] - copy)).toBeLessThanOrEqual(2 * u * Math.abs(copy))
    const { y: again } = await run(layers.avgPool2d({ kernel: factor }), Float64Array.from(copies), large)
    for (const [i, value] of x.entries())
      expect(Math.abs(again[i] - value)).toBeLessThanOrEqual(16 * u * Math.abs(value))
  })

  test.each([
    [() => layers.scale({ factor: Number.POSITIVE_INFINITY }), 'scale: factor must be a finite number, got Infinity'],
    [() => layers.upsampleNearest2d({ factor: 1.5 }), 'upsampleNearest2d: factor must be an integer of at least 1'],
    [() => layers.globalAvgPool2d({ kernel: 2 } as never), 'globalAvgPool2d: there is no option kernel'],
  ])('refuse what makes no sense: %#', async (make, message) => {
    await expect((async () => run(make(), eighths(192)))()).rejects.toThrow(message)
  })

  test.each([layers.globalAvgPool2d(), layers.upsampleNearest2d({ factor: 2 })])('$kind wants images', async (spec) => {
    await expect(run(spec, eighths(6), [2, 3])).rejects.toThrow(
      `${spec.kind}: x must have 4 axes (N, C, H, W), got [1,3]`,
    )
  })
})
