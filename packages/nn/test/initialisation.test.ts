import { ConfigError, type FloatTensor } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, test } from 'vitest'
import { type LayerSpec, layers, type Parameter, Sequential, Solver } from '../src/index.js'
import { symmetricEigen } from '../src/symmetricEigen.js'
import { whiteningFilters } from '../src/whiteningFilters.js'
import { twoColours } from './solver/fixture.js'
import { gradientErrors } from './support/gradientErrors.js'
import { randomBatch, shake } from './support/randomBatch.js'

const dtype = 'float64' as const
const input = [4, 6, 6]

function build(first: LayerSpec, shape: readonly number[] = input): Sequential {
  const stack = [first, layers.affine({ units: 2 })]
  return new Sequential(createNaive(), { input: shape, layers: stack, dtype, seed: 3 })
}

async function valuesOf(tensor: FloatTensor | undefined): Promise<number[]> {
  return Array.from((await tensor?.read()) ?? [])
}

async function firstWeights(first: LayerSpec): Promise<number[]> {
  using model = build(first)
  return valuesOf(model.params[0]?.tensor)
}

/** The images, and what the first layer makes of them. */
async function through(first: LayerSpec, shape = input): Promise<{ x: number[]; y: number[] }> {
  using model = build(first, shape)
  const { X, y } = randomBatch(model, 2, 1)
  const outputs: Promise<ArrayLike<number>>[] = []
  model.loss(model.scope, X, y, { onOutput: (_, output) => outputs.push(output.read()) })
  return { x: await valuesOf(X), y: Array.from((await outputs[0]) ?? []) }
}

const conv = { filters: 64, kernel: 3, pad: 'same' } as const

describe('first weights', () => {
  test('of He are the default, bit for bit', async () => {
    for (const layer of [layers.conv2d, layers.convBnRelu])
      expect(await firstWeights(layer({ ...conv, init: 'he' }))).toEqual(await firstWeights(layer(conv)))
    expect(await firstWeights(layers.affine({ units: 9, init: 'he' }))).toEqual(
      await firstWeights(layers.affine({ units: 9 })),
    )
  })

  test.each([
    ['conv2d', layers.conv2d({ ...conv, init: 'glorot' }), 9 * (4 + 64)],
    ['conv2d in groups', layers.conv2d({ ...conv, groups: 2, init: 'glorot' }), 9 * (2 + 32)],
    ['affine', layers.affine({ units: 40, init: 'glorot' }), 144 + 40],
  ])('of Glorot have variance 2 / (fanIn + fanOut): %s', async (_, layer, fans) => {
    const values = await firstWeights(layer)
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length
    // The variance of n normal deviates has relative deviation sqrt(2 / n): 5 of them.
    expect(Math.abs((variance * fans) / 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length))
  })

  test('of Dirac hand inputs through, in each group, and draw further outputs', async () => {
    const same = await through(layers.conv2d({ filters: 4, kernel: [3, 5], pad: 'same', init: 'dirac' }))
    expect(same.y).toEqual(same.x)
    const more = await through(layers.conv2d({ filters: 6, kernel: 1, init: 'dirac' }))
    const [image, wide] = [4 * 36, 6 * 36]
    for (const n of [0, 1]) {
      expect(more.y.slice(n * wide, n * wide + image)).toEqual(more.x.slice(n * image, (n + 1) * image))
      expect(more.y.slice(n * wide + image, (n + 1) * wide).some((value) => value === 0)).toBe(false)
    }
    const grouped = await through(layers.conv2d({ filters: 4, kernel: 3, pad: 1, groups: 2, init: 'dirac' }))
    expect(grouped.y).toEqual(grouped.x)
    const rows = await through(layers.affine({ units: 3, init: 'dirac' }), [5])
    expect(rows.y).toEqual([...rows.x.slice(0, 3), ...rows.x.slice(5, 8)])
    const further = (await firstWeights(layers.conv2d({ ...conv, init: 'dirac' }))).slice(4 * 4 * 9)
    const variance = further.reduce((sum, value) => sum + value * value, 0) / further.length
    expect(Math.abs(variance * 3 * 4 * 9 - 1)).toBeLessThan(5 * Math.sqrt(2 / further.length))
  })

  test('may be a function of the shape and the seed', async () => {
    const shapes: (readonly number[])[] = []
    const init = (shape: readonly number[], random: Random) => {
      shapes.push(shape)
      return random.normal(2 * 4 * 9)
    }
    const values = await firstWeights(layers.conv2d({ filters: 2, kernel: 3, init }))
    expect(values).toEqual(Array.from(new Random(3).normal(72)))
    expect(shapes).toEqual([[2, 4, 3, 3]])
  })

  test.each<[object, string]>([
    [{ init: 'xavier' }, 'conv2d1: init must be he, glorot, dirac or a function, got xavier'],
    [{ init: 'he', weightScale: 1 }, 'conv2d1: expected init or weightScale, got both'],
    [{ init: () => new Float64Array(3) }, 'conv2d1: init must give a Float64Array of 2304 finite numbers, got 0,0,0'],
    [{ init: () => new Float64Array(2304).fill(Number.NaN) }, 'of 2304 finite numbers'],
    [{ frozen: 'yes' }, 'conv2d1: frozen must be true or false'],
  ])('%o is refused', (options, message) => {
    const make = () => build(layers.conv2d({ ...conv, ...options }))
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })
})

describe('a frozen layer', () => {
  const frozen = [
    layers.conv2d({ filters: 3, kernel: 3, frozen: true }),
    layers.convRelu({ filters: 3, kernel: 3, frozen: true }),
    layers.convBnRelu({ filters: 3, kernel: 3, frozen: true, bias: true }),
    layers.convReluPool({ filters: 3, kernel: 3, frozen: true }),
    layers.convBnReluPool({ filters: 3, kernel: 3, frozen: true }),
    layers.affineRelu({ units: 7, frozen: true }),
    layers.affine({ units: 7, frozen: true }),
  ]

  test.each(frozen.map((layer) => [layer.kind, layer] as const))(
    '%s has its weights among the buffers, and the gradients around it are right',
    async (kind, layer) => {
      for (const before of [[], [layers.residual([layers.conv2d({ filters: 2, kernel: 1, bias: false })])]]) {
        using model = new Sequential(createNaive(), {
          input: [2, 5, 5],
          layers: [...before, layer, layers.affine({ units: 3 })],
          dtype: 'float64',
          seed: 3,
        })
        expect(model.params.map(({ name }) => name)).not.toContain(`${kind}1.w`)
        expect(model.buffers.map(({ name }) => name)).toContain(`${kind}1.w`)
        await shake(model, 4)
        const { X, y } = randomBatch(model, 3, 5)
        for (const [name, error] of await gradientErrors(model, X, y)) expect(error, name).toBeLessThan(1e-6)
      }
    },
  )

  test('stays as it is while the rest is trained', async () => {
    const stack = [layers.conv2d({ filters: 3, kernel: 3, frozen: true }), layers.affine({ units: 2 })]
    using model = new Sequential(createNaive(), { input: [2, 4, 4], layers: stack })
    const [fixed, trained] = [model.buffers[0], model.params[0]]
    const before = [await valuesOf(fixed?.tensor), await valuesOf(trained?.tensor)]
    using solver = new Solver(model, { train: twoColours(8), validation: twoColours(8, { seed: 2 }) }, { epochs: 2 })
    await solver.run()
    expect(await valuesOf(fixed?.tensor)).toEqual(before[0])
    expect(await valuesOf(trained?.tensor)).not.toEqual(before[1])
  })
})

describe('whitening', () => {
  const random = new Random(5)
  const [n, size] = [40, 6]
  // Pixels that go with their neighbours and with the other channel.
  const images = Float32Array.from(
    Array.from({ length: n }, () => {
      const brightness = random.normal(1)[0] ?? 0
      return Array.from(random.normal(2 * size * size), (value, i) => 3 * brightness + value + Math.sin(i))
    }).flat(),
  )
  const set = { images, labels: new Int32Array(n), shape: [n, 2, size, size], classNames: ['one'] } as const

  test('filters make the patches of their training set white', async () => {
    using model = build(layers.conv2d(whiteningFilters(set, { kernel: 2, eps: 0 })), [2, size, size])
    const outputs: Promise<ArrayLike<number>>[] = []
    const X = model.scope.from(Float64Array.from(images), set.shape)
    model.loss(model.scope, X, model.scope.labels(set.labels, 2), { onOutput: (_, y) => outputs.push(y.read()) })
    const y = Array.from((await outputs[0]) ?? [])
    const [filters, pixels] = [8, 25]
    const channel = (f: number) => y.filter((_, i) => Math.floor(i / pixels) % filters === f)
    const centred = Array.from({ length: filters }, (_, f) => {
      const values = channel(f)
      const mean = values.reduce((a, b) => a + b) / values.length
      return values.map((value) => value - mean)
    })
    for (const [f, a] of centred.entries())
      for (const [g, b] of centred.entries()) {
        const covariance = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / a.length
        // Eigenvalues are between 0.5 and 100: sums of 1000 products, each rounded by 2^-53 of at most 1000.
        expect(Math.abs(covariance - (f === g ? 1 : 0))).toBeLessThan(1e-9)
      }
  })

  test('filters are those of a frozen layer, which says its text without them', () => {
    using model = build(layers.conv2d({ ...whiteningFilters(set, { kernel: 3 }), pad: 1 }), [2, size, size])
    expect(model.params.map(({ name }) => name)).toEqual(['affine1.w', 'affine1.b'])
    expect(model.layersText).toBe(
      'conv2d({ filters: 18, kernel: 3, bias: false, frozen: true, pad: 1 })\naffine({ units: 2 })',
    )
  })

  test('filters of both signs are each followed by its negative', async () => {
    const [one, both] = await Promise.all(
      [false, true].map(async (bothSigns) => {
        using model = build(layers.conv2d(whiteningFilters(set, { kernel: 2, bothSigns })), [2, size, size])
        return valuesOf(model.buffers[0]?.tensor)
      }),
    )
    expect(both).toEqual([...(one ?? []), ...(one ?? []).map((value) => -value)])
  })

  test('filters of a shape alone want weights from a file', async () => {
    const shape = [2, size, size]
    const first = layers.conv2d(whiteningFilters(shape, { kernel: 2 }))
    expect(() => build(first, shape)).toThrow('want the training images, got only their shape')
    using trained = build(layers.conv2d(whiteningFilters(set, { kernel: 2 })), shape)
    const kept = ({ tensor }: Parameter) => tensor.read().then((data) => ({ dtype, shape: tensor.shape, data }))
    const values = new Map(
      await Promise.all([...trained.params, ...trained.buffers].map(async (p) => [p.name, await kept(p)] as const)),
    )
    using opened = new Sequential(createNaive(), {
      input: shape,
      layers: [first, layers.affine({ units: 2 })],
      dtype,
      values,
    })
    expect(await valuesOf(opened.buffers[0]?.tensor)).toEqual(await valuesOf(trained.buffers[0]?.tensor))
  })

  test.each<[{ kernel: number; eps?: number }, string]>([
    [{ kernel: 7 }, 'images of 6 x 6 pixels have no patch of 7 x 7'],
    [{ kernel: 0 }, 'kernel must be an integer of at least 1'],
    [{ kernel: 2, eps: -1 }, 'eps must be a finite number of at least 0'],
  ])('%o is refused', (options, message) => {
    expect(() => whiteningFilters(set, options)).toThrow(message)
  })

  test('of blank images wants an eps', () => {
    const blank = { ...set, images: new Float32Array(images.length) }
    expect(() => build(layers.conv2d(whiteningFilters(blank, { kernel: 2 })), [2, size, size])).toThrow(
      'do not vary in every direction',
    )
  })
})

test.each([1, 2, 5, 12])(
  'a symmetric matrix of %i rows is put together again from its eigenvalues and vectors',
  (n) => {
    const random = new Random(n)
    const half = random.normal(n * n)
    const matrix = half.map((value, i) => value + half[(i % n) * n + Math.floor(i / n)])
    const { values, vectors } = symmetricEigen(matrix, n)
    const norm = Math.hypot(...matrix)
    // A backward stable method: a few n roundings of the norm (Golub and Van Loan 2013, theorem 8.5.1), here 100.
    const slack = 100 * n * 2 ** -53
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let [again, inner] = [0, 0]
        for (let k = 0; k < n; k++) {
          again += values[k] * vectors[k * n + i] * vectors[k * n + j]
          inner += vectors[i * n + k] * vectors[j * n + k]
        }
        expect(Math.abs(again - matrix[i * n + j])).toBeLessThan(slack * norm)
        expect(Math.abs(inner - (i === j ? 1 : 0))).toBeLessThan(slack)
      }
  },
)
