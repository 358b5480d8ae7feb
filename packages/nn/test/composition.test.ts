import { ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { type LayerSpec, layers, type Model, Sequential } from '../src/index.js'
import { randomBatch } from './support/randomBatch.js'
import { createSpy } from './support/spy.js'

function build(stack: readonly LayerSpec[]): Sequential {
  return new Sequential(createNaive(), { input: [2, 4, 4], layers: stack, dtype: 'float64', seed: 3 })
}

const conv = (filters: number) => layers.conv2d({ filters, kernel: 3, pad: 'same' })

/** Everything that a step gives, in the order of the parameters. */
async function step(model: Model): Promise<unknown> {
  const { X, y } = randomBatch(model, 3, 1)
  const { loss, grads } = model.loss(model.scope, X, y)
  const tensors = [...model.params.map(({ tensor }) => tensor), loss, ...grads, model.scores(model.scope, X)]
  return Promise.all(tensors.map((tensor) => tensor.read()))
}

test('inner layers are numbered where they stand, and their parameters named after all that is around them', () => {
  using model = build([
    conv(4),
    layers.residual([conv(4), layers.batchNorm(), layers.relu(), conv(6)], { shortcut: [conv(6)] }),
    layers.sequence([layers.residual([layers.batchNorm()]), layers.residual([conv(6)])]),
    layers.affine({ units: 3 }),
  ])
  expect(model.params.map(({ name }) => name).filter((name) => !/\.b(?:eta)?$/.test(name))).toEqual([
    'conv2d1.w',
    'residual1.conv2d1.w',
    'residual1.batchNorm1.gamma',
    'residual1.conv2d2.w',
    'residual1.shortcut.conv2d1.w',
    'sequence1.residual1.batchNorm1.gamma',
    'sequence1.residual2.conv2d1.w',
    'affine1.w',
  ])
  expect(model.buffers.map(({ name }) => name)).toContain('sequence1.residual1.batchNorm1.runningVar')
  const outputs: string[] = []
  const { X, y } = randomBatch(model, 2, 1)
  model.loss(model.scope, X, y, { onOutput: (name) => outputs.push(name) })
  expect(outputs.slice(0, 8)).toEqual([
    'conv2d1',
    ...['conv2d1', 'batchNorm1', 'relu1', 'conv2d2', 'shortcut.conv2d1'].map((name) => `residual1.${name}`),
    'residual1',
    'sequence1.residual1.batchNorm1',
  ])
})

test('a sequence is its layers, bit for bit, however they are grouped', async () => {
  const stack = [conv(4), layers.gelu(), conv(2), layers.maxPool2d({ kernel: 2 }), layers.affine({ units: 3 })]
  const grouped = [
    layers.sequence([]),
    layers.sequence(stack.slice(0, 3)),
    layers.sequence([layers.sequence(stack.slice(3, 4)), ...stack.slice(4)]),
  ]
  using flat = build(stack)
  using nested = build(grouped)
  expect(await step(nested)).toEqual(await step(flat))
})

test('branches stand side by side along the channels, each in its place', async () => {
  const pixels = [layers.avgPool2d({ kernel: 1 })]
  const times = (factor: number) => [
    layers.conv2d({ filters: 2, kernel: 1, bias: false, init: () => Float64Array.of(factor, 0, 0, factor) }),
  ]
  using model = build([layers.branch([[], times(2), pixels, times(3)]), layers.affine({ units: 3 })])
  expect(model.layers[0]?.outputShape).toEqual([1, 8, 4, 4])
  expect(model.params.map(({ name }) => name)).toEqual([
    'branch1.path2.conv2d1.w',
    'branch1.path4.conv2d1.w',
    'affine1.w',
    'affine1.b',
  ])
  const { X, y, images } = randomBatch(model, 2, 1)
  const outputs = new Map<string, Promise<ArrayLike<number>>>()
  model.loss(model.scope, X, y, { onOutput: (layer, tensor) => outputs.set(layer, tensor.read()) })
  const image = (n: number, factor: number) =>
    Array.from(images.subarray(32 * n, 32 * n + 32), (value) => factor * value)
  expect(Array.from((await outputs.get('branch1')) ?? [])).toEqual(
    [0, 1].flatMap((n) => [1, 2, 1, 3].flatMap((factor) => image(n, factor))),
  )
})

test('a branch of one path is that path, bit for bit', async () => {
  const rest = [layers.affine({ units: 3 })]
  using branched = build([layers.branch([[conv(4), layers.gelu()]]), ...rest])
  using flat = build([conv(4), layers.gelu(), ...rest])
  expect(await step(branched)).toEqual(await step(flat))
})

test('a residual around nothing, and around what gives zeros, is 2x and x', async () => {
  const scores = layers.affine({ units: 3 })
  const outputOf = async (stack: readonly LayerSpec[], name: string) => {
    using model = build([...stack, scores])
    const { X, y, images } = randomBatch(model, 2, 1)
    const outputs = new Map<string, Promise<ArrayLike<number>>>()
    model.loss(model.scope, X, y, { onOutput: (layer, tensor) => outputs.set(layer, tensor.read()) })
    const output = (await outputs.get(name)) ?? []
    return { output: Array.from(output), images: Array.from(images) }
  }
  const twice = await outputOf([layers.residual([])], 'residual1')
  expect(twice.output).toEqual(twice.images.map((value) => 2 * value))
  const zero = layers.conv2d({ filters: 2, kernel: 1, weightScale: 0 })
  const once = await outputOf([layers.residual([zero])], 'residual1')
  expect(once.output).toEqual(once.images)
})

test('no path has a gradient before its first parameter, where the images are all that is before', () => {
  const { backend, askedForDx } = createSpy()
  const one = layers.conv2d({ filters: 2, kernel: 1 })
  const stack = [
    layers.relu(),
    layers.residual([layers.relu(), one, one], { shortcut: [one] }),
    layers.residual([one]),
    layers.branch([[one], []]),
    layers.affine({ units: 2 }),
  ]
  using model = new Sequential(backend, { input: [2, 4, 4], dtype: 'float64', layers: stack })
  const { X, y } = randomBatch(model, 2, 1)
  model.loss(model.scope, X, y)
  // From the last layer to the first: the second residual, then body and shortcut of the first.
  expect(askedForDx).toEqual([true, true, true, false, false])
})

test('what a step allocates is freed with its scope', () => {
  const { backend, living } = createSpy()
  const body = [layers.conv2d({ filters: 2, kernel: 1 }), layers.relu()]
  const stack = [
    layers.residual([layers.residual(body)]),
    layers.branch([body, [], body]),
    layers.sequence(body),
    layers.affine({ units: 2 }),
  ]
  using model = new Sequential(backend, { input: [2, 4, 4], dtype: 'float64', layers: stack })
  const before = living.size
  {
    using scope = model.scope.child()
    const X = scope.from(new Float64Array(32).fill(1), [1, 2, 4, 4])
    model.loss(scope, X, scope.labels(Int32Array.of(1), 2))
  }
  expect(living.size).toBe(before)
})

describe('layers of layers that do not fit are refused', () => {
  test.each<[string, () => LayerSpec, string]>([
    [
      'a body of another shape',
      () => layers.residual([layers.maxPool2d({ kernel: 2 })]),
      'sequential: cannot build residual1: residual1: a sum wants equal shapes, but the body gives [1,2,2,2] an image and the shortcut [1,2,4,4]',
    ],
    [
      'a layer deep inside, by its full name and once',
      () => layers.residual([layers.relu(), layers.sequence([layers.conv2d({ filters: 1, kernel: 9 })])]),
      'sequential: cannot build residual1.sequence1.conv2d1: conv2d: ',
    ],
    [
      'paths of other sizes',
      () => layers.branch([[], [layers.maxPool2d({ kernel: 2 })]]),
      'sequential: cannot build branch1: concat: x and z must have equal axes, but for the second (x [1,2,4,4], z [1,2,2,2])',
    ],
    ['no paths', () => layers.branch([]), 'branch: wanted a list of paths'],
    ['no list', () => layers.sequence(JSON.parse('{}')), 'sequence: wanted a list of layers'],
    ['no layers', () => layers.residual(JSON.parse('[{}]')), 'residual: wanted a list of layers'],
    ['no shortcut', () => layers.residual([], { shortcut: JSON.parse('1') }), 'residual: shortcut: wanted a list'],
  ])('%s', (_, spec, message) => {
    const make = () => build([spec(), layers.affine({ units: 2 })])
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })
})
