import { ConvkitError, ShapeError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import {
  type LayerSpec,
  layers,
  type Model,
  Sequential,
  type SequentialOptions,
  ThreeLayerConvNet,
} from '../src/index.js'
import { randomBatch } from './support/randomBatch.js'
import { createSpy } from './support/spy.js'

function build(stack: readonly LayerSpec[], options: Partial<SequentialOptions> = {}): Sequential {
  return new Sequential(createNaive(), { input: [2, 4, 4], layers: stack, dtype: 'float64', ...options })
}

async function read(tensors: readonly { readonly tensor: { read(): Promise<Float32Array | Float64Array> } }[]) {
  return Promise.all(tensors.map(async ({ tensor }) => Array.from(await tensor.read())))
}

test('layers are numbered within their kind, and parameters named after them', () => {
  using model = build([
    layers.conv2d({ filters: 3, kernel: 3, pad: 'same' }),
    layers.batchNorm(),
    layers.relu(),
    layers.conv2d({ filters: 4, kernel: 3, bias: false }),
    layers.relu(),
    layers.convBnReluPool({ filters: 2, kernel: 1 }),
    layers.affine({ units: 10 }),
  ])
  expect(model.layers.map(({ name }) => name)).toEqual([
    'conv2d1',
    'batchNorm1',
    'relu1',
    'conv2d2',
    'relu2',
    'convBnReluPool1',
    'affine1',
  ])
  expect(model.params.map(({ name, tensor, decay }) => [name, tensor.shape, decay])).toEqual([
    ['conv2d1.w', [3, 2, 3, 3], true],
    ['conv2d1.b', [3], false],
    ['batchNorm1.gamma', [3], false],
    ['batchNorm1.beta', [3], false],
    ['conv2d2.w', [4, 3, 3, 3], true],
    ['convBnReluPool1.w', [2, 4, 1, 1], true],
    ['convBnReluPool1.gamma', [2], false],
    ['convBnReluPool1.beta', [2], false],
    ['affine1.w', [2, 10], true],
    ['affine1.b', [10], false],
  ])
  expect(model.buffers.map(({ name, tensor }) => [name, tensor.shape])).toEqual([
    ['batchNorm1.runningMean', [3]],
    ['batchNorm1.runningVar', [3]],
    ['convBnReluPool1.runningMean', [2]],
    ['convBnReluPool1.runningVar', [2]],
  ])
  expect(model.numClasses).toBe(10)
})

test('a stack of the same layers is ThreeLayerConvNet, bit for bit', async () => {
  const options = { dtype: 'float32', reg: 0.1, seed: 5 } as const
  const weightScale = 0.2
  using net = new ThreeLayerConvNet(createNaive(), {
    inputDim: [3, 7, 6],
    numFilters: 4,
    filterSize: 3,
    hiddenDim: 5,
    numClasses: 6,
    weightScale,
    ...options,
  })
  using stack = new Sequential(createNaive(), {
    input: [3, 7, 6],
    layers: [
      layers.convReluPool({ filters: 4, kernel: 3, pad: 'same', weightScale }),
      layers.affineRelu({ units: 5, weightScale }),
      layers.affine({ units: 6, weightScale }),
    ],
    ...options,
  })
  const step = async (model: Model) => {
    const { X, y, images } = randomBatch(model, 4, 1)
    const { loss, grads } = model.loss(model.scope, X, y)
    return {
      params: await read(model.params),
      loss: await loss.read(),
      grads: await Promise.all(grads.map((grad) => grad.read())),
      classes: await model.predict(images),
    }
  }
  expect(await step(stack)).toEqual(await step(net))
})

test('nothing before the first parameter has a gradient', () => {
  const { backend, askedForDx } = createSpy()
  const conv = layers.conv2d({ filters: 2, kernel: 1 })
  const input = [2, 4, 4]
  const stack = [layers.avgPool2d({ kernel: 1 }), layers.relu(), conv, layers.relu(), conv, layers.affine({ units: 2 })]
  using model = new Sequential(backend, { input, dtype: 'float64', layers: stack })
  const { X, y } = randomBatch(model, 2, 1)
  model.loss(model.scope, X, y)
  expect(askedForDx).toEqual([true, false])
})

test('a model without parameters has a loss and no gradients', async () => {
  using model = build([layers.relu()], { input: [3] })
  const { X, y } = randomBatch(model, 2, 1)
  const { loss, grads } = model.loss(model.scope, X, y)
  expect(grads).toEqual([])
  expect((await loss.read())[0]).toBeGreaterThan(0)
})

test('the hinge loss of small weights is near the number of wrong classes', async () => {
  using model = build([layers.affine({ units: 10, weightScale: 1e-4 })], { loss: 'svmLoss' })
  const { X, y } = randomBatch(model, 20, 1)
  const [loss = Number.NaN] = await model.loss(model.scope, X, y).loss.read()
  expect(Math.abs(loss - 9)).toBeLessThan(0.05)
})

describe('a stack that does not fit', () => {
  const affine = layers.affine({ units: 2 })
  test.each<[string, Partial<SequentialOptions>, string]>([
    ['no layers', { layers: [] }, 'at least one layer'],
    ['scores with an image left in them', { layers: [layers.relu()] }, 'but relu1 gives [N,2,4,4]'],
    ['a kernel too large', { layers: [layers.conv2d({ filters: 1, kernel: 5 })] }, 'cannot build conv2d1: conv2d: '],
    [
      'an image layer after a vector',
      { layers: [affine, layers.maxPool2d({ kernel: 2 })] },
      'cannot build maxPool2d1: maxPool2d: x must have 4 axes',
    ],
    [
      'groups that do not divide',
      { layers: [layers.relu(), layers.conv2d({ filters: 3, kernel: 1, groups: 2 })] },
      'cannot build conv2d1: conv2d: groups 2 must divide',
    ],
    [
      'group norm likewise',
      { layers: [layers.groupNorm({ groups: 3 })] },
      'cannot build groupNorm1: groupNorm: groups 3',
    ],
    ['no units', { layers: [layers.affine({ units: 0 })] }, 'affine1: units must be an integer of at least 1, got 0'],
    ['half a filter', { layers: [layers.conv2d({ filters: 0.5, kernel: 1 })] }, 'filters must be an integer'],
    ['a negative scale', { layers: [layers.affine({ units: 2, weightScale: -1 })] }, 'weightScale must be'],
    ['eps 0', { layers: [layers.batchNorm({ eps: 0 })] }, 'eps must be positive'],
    ['a momentum above 1', { layers: [layers.batchNorm({ momentum: 2 })] }, 'momentum must be in [0, 1]'],
    ['dropping all', { layers: [layers.dropout({ p: 1 })] }, 'dropout1: '],
    [
      'an unknown loss',
      { layers: [affine], loss: JSON.parse('"toString"') },
      'loss must be softmaxCrossEntropy, svmLoss, meanSquaredError, binaryCrossEntropyWithLogits or a loss, got toString',
    ],
    ['a negative reg', { layers: [affine], reg: -1 }, 'reg must be a finite number of at least 0'],
    ['an empty axis', { layers: [affine], input: [2, 0] }, 'every axis must be an integer'],
  ])('is refused, and leaves nothing behind: %s', (_, options, message) => {
    const { backend, living } = createSpy()
    const make = () => new Sequential(backend, { input: [2, 4, 4], layers: [], ...options })
    expect(make).toThrow(ConvkitError)
    expect(make).toThrow(message)
    expect(living.size).toBe(0)
  })

  test('keeps the reason as its cause', () => {
    const make = () => build([layers.conv2d({ filters: 1, kernel: 9 })])
    expect(make).toThrow(expect.objectContaining({ cause: expect.any(ShapeError) }))
  })
})
