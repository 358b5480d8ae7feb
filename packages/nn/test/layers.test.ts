import { ConfigError, formatShape, sizeOf } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LayerSpec, layers, type Model, Sequential, type SequentialOptions } from '../src/index.js'
import { randomBatch } from './support/randomBatch.js'

const seed = 20_240_604

function build(stack: readonly LayerSpec[], options: Partial<SequentialOptions> = {}): Sequential {
  return new Sequential(createNaive(), { input: [2, 4, 4], layers: stack, dtype: 'float64', ...options })
}

async function read(tensors: readonly { readonly tensor: { read(): Promise<Float32Array | Float64Array> } }[]) {
  return Promise.all(tensors.map(async ({ tensor }) => Array.from(await tensor.read())))
}

test('the shapes a stack announces are those it gives', () => {
  const pair = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  const window = fc.record({ kernel: pair, stride: pair }, { requiredKeys: ['kernel'] })
  const conv = fc.record({
    filters: fc.constantFrom(2, 4),
    kernel: pair,
    stride: pair,
    dilation: pair,
    pad: fc.nat({ max: 2 }),
  })
  const layer: fc.Arbitrary<LayerSpec> = fc.oneof(
    conv.map(layers.conv2d),
    conv.map(layers.convRelu),
    conv.map(layers.convReluPool),
    conv.map(layers.convBnRelu),
    conv.map(layers.convBnReluPool),
    window.map(layers.maxPool2d),
    window.map(layers.avgPool2d),
    fc.constantFrom(
      layers.relu(),
      layers.batchNorm(),
      layers.layerNorm(),
      layers.groupNorm({ groups: 2 }),
      layers.dropout({ p: 0.5 }),
      layers.scale({ factor: 0.5 }),
      layers.globalAvgPool2d(),
      layers.upsampleNearest2d({ factor: 2 }),
      layers.affine({ units: 6 }),
      layers.affineRelu({ units: 4 }),
    ),
  )
  let built = 0
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 4 }), (stack) => {
      let model: Sequential
      try {
        model = build([...stack, layers.affine({ units: 3 })], { input: [2, 6, 7] })
      } catch (error) {
        // Stacks of random layers often do not fit; they may only be refused by name.
        expect(error).toBeInstanceOf(ConfigError)
        expect((error as ConfigError).message).toMatch(/^sequential: cannot build \w+\d: /)
        return
      }
      built++
      const { X, y } = randomBatch(model, 2, 1)
      const seen: string[] = []
      const mode = { train: true, random: Math.random }
      model.loss(model.scope, X, y, { mode, onOutput: (name, { shape }) => seen.push(`${name} ${formatShape(shape)}`) })
      expect(seen).toEqual(model.layers.map((l) => `${l.name} ${formatShape([2, ...l.outputShape.slice(1)])}`))
      model[Symbol.dispose]()
    }),
    { seed, numRuns: 200 },
  )
  expect(built).toBeGreaterThan(50)
})

test("pad 'same' keeps height and width for every odd kernel and dilation", () => {
  const odd = fc.constantFrom(1, 3, 5)
  const step = fc.integer({ min: 1, max: 3 })
  fc.assert(
    fc.property(
      fc.tuple(odd, odd),
      fc.tuple(step, step),
      fc.integer({ min: 1, max: 9 }),
      (kernel, dilation, height) => {
        const stack = [layers.conv2d({ filters: 1, kernel, dilation, pad: 'same' }), layers.affine({ units: 2 })]
        using model = build(stack, { input: [1, height, 4] })
        expect(model.layers[0]?.outputShape).toEqual([1, 1, height, 4])
      },
    ),
    { seed, numRuns: 50 },
  )
  for (const bad of [{ kernel: 2 }, { kernel: [3, 4] as const }, { kernel: 3, stride: 2 }])
    expect(() => build([layers.conv2d({ filters: 1, pad: 'same', ...bad })])).toThrow(/odd kernel and stride 1/)
})

describe('the first weights', () => {
  const stack = [layers.convRelu({ filters: 64, kernel: 3 }), layers.affine({ units: 200 })]

  test('are He normal: variance 2 over the inputs of one output', async () => {
    using model = build(stack, { input: [8, 6, 6] })
    for (const { name, fanIn } of [
      { name: 'convRelu1.w', fanIn: 8 * 9 },
      { name: 'affine1.w', fanIn: 64 * 16 },
    ]) {
      const list = await model.params.find((p) => p.name === name)?.tensor.read()
      const variance = Array.from(list ?? []).reduce((sum, w) => sum + w * w, 0) / (list?.length ?? 0)
      // The variance of n normal deviates has relative deviation sqrt(2 / n); n is at least 4608: 5 of them are 0.104.
      expect(Math.abs((variance * fanIn) / 2 - 1)).toBeLessThan(0.104)
    }
  })

  test('are those of the seed', async () => {
    using a = build(stack, { seed: 1 })
    using b = build(stack, { seed: 1 })
    using other = build(stack, { seed: 2 })
    expect(await read(b.params)).toEqual(await read(a.params))
    expect(await read(other.params)).not.toEqual(await read(a.params))
  })
})

describe('batchNorm in a stack', () => {
  const stack = [layers.convBnRelu({ filters: 3, kernel: 3, bn: { momentum: 0.75 } }), layers.affine({ units: 2 })]

  test('updates its running statistics in train mode alone', async () => {
    using model = build(stack)
    const { images, X, y } = randomBatch(model, 3, 1)
    const fresh = await read(model.buffers)
    expect(fresh).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ])
    model.scores(model.scope, X)
    await model.predict(images)
    model.loss(model.scope, X, y, { mode: { train: false, random: Math.random } })
    expect(await read(model.buffers)).toEqual(fresh)
    model.loss(model.scope, X, y, { grads: null })
    const once = await read(model.buffers)
    model.loss(model.scope, X, y)
    const twice = await read(model.buffers)
    // The batch is the same, so each step takes a quarter of what is left of the way to its statistics.
    for (const [b, list] of fresh.entries())
      for (const [c, start] of list.entries()) {
        const [first = 0, second = 0] = [once[b]?.[c], twice[b]?.[c]]
        expect(first).not.toBe(start)
        expect(Math.abs(second - first - 0.75 * (first - start))).toBeLessThan(1e-14)
      }
  })

  test('scores by its running statistics', async () => {
    using model = build(stack)
    const { images, X } = randomBatch(model, 3, 1)
    const together = await model.scores(model.scope, X).read()
    const size = sizeOf(model.inputShape)
    for (const n of [0, 1, 2]) {
      const one = model.scope.from(images.slice(n * size, (n + 1) * size), [1, ...model.inputShape])
      expect(await model.scores(model.scope, one).read()).toEqual(together.slice(2 * n, 2 * n + 2))
    }
  })
})

test.each([
  ['batchNorm', layers.batchNorm],
  ['layerNorm', layers.layerNorm],
  ['groupNorm', ({ eps }: { readonly eps: number }) => layers.groupNorm({ groups: 2, eps })],
] as const)('%s adds its eps to the variance', async (_, norm) => {
  const outputs = async (eps: number) => {
    using model = build([norm({ eps }), layers.affine({ units: 2 })])
    const { X, y } = randomBatch(model, 2, 1)
    const seen: Promise<Float32Array | Float64Array>[] = []
    model.loss(model.scope, X, y, { onOutput: (_, output) => seen.push(output.read()) })
    return (await Promise.all(seen))[0] ?? new Float64Array(0)
  }
  // Against so large an eps the variance of the data is nothing: four times as much halves every output.
  const [once, fourfold] = await Promise.all([outputs(1e12), outputs(4e12)])
  expect(once.every((value) => value !== 0)).toBe(true)
  for (const [i, value] of once.entries()) expect(Math.abs((fourfold[i] ?? 0) / value - 0.5)).toBeLessThan(1e-9)
})

describe('dropout in a stack', () => {
  const stack = [layers.affineRelu({ units: 50 }), layers.dropout({ p: 0.5 }), layers.affine({ units: 3 })]
  const lossWith = async (model: Model, maskSeed: number) => {
    const random = new Random(maskSeed)
    const { X, y } = randomBatch(model, 3, 1)
    const { loss, grads } = model.loss(model.scope, X, y, { mode: { train: true, random: () => random.uniform() } })
    return Promise.all([loss, ...grads].map((tensor) => tensor.read()))
  }

  test('draws its masks from the request, so that they can be repeated', async () => {
    using model = build(stack)
    expect(await lossWith(model, 1)).toEqual(await lossWith(model, 1))
    expect(await lossWith(model, 2)).not.toEqual(await lossWith(model, 1))
  })

  test('wants random numbers to train, and none to test', () => {
    using model = build(stack)
    const { X, y } = randomBatch(model, 3, 1)
    expect(() => model.loss(model.scope, X, y)).toThrow(ConfigError)
    const random = () => expect.unreachable()
    model.loss(model.scope, X, y, { mode: { train: false, random } })
    model.scores(model.scope, X)
  })
})
