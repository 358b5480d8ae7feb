import {
  ConfigError,
  DTypeError,
  defineElementLoss,
  type FloatTensor,
  type Scope,
  ShapeError,
  vector,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, test } from 'vitest'
import {
  elementLoss,
  type LossSpec,
  layers,
  losses,
  Sequential,
  type SequentialOptions,
  type ValueLoss,
} from '../src/index.js'
import { gradientErrors } from './support/gradientErrors.js'
import { randomBatch } from './support/randomBatch.js'

const stack = [
  layers.conv2d({ filters: 3, kernel: 3, pad: 'same' }),
  layers.gelu(),
  layers.conv2d({ filters: 2, kernel: 1 }),
]

/** Images in, images out. */
function autoencoder(loss: SequentialOptions['loss'], others: Partial<SequentialOptions> = {}): Sequential {
  const options = { input: [2, 4, 4], layers: stack, dtype: 'float64', ...others } as const
  return new Sequential(createNaive(), { ...options, ...(loss && { loss }) })
}

function images(scope: Scope, n: number, seed: number): FloatTensor {
  return scope.from(new Random(seed).normal(n * 32), [n, 2, 4, 4])
}

/** (x - t)^4, a formula of its own. */
const quartic = defineElementLoss('quartic', {
  formula: 'weight (x - t)^4',
  defaults: { weight: 1 },
  loss(a, of) {
    const square = a.mul(a.sub(of('x'), of('t')), a.sub(of('x'), of('t')))
    return a.mul(of('weight'), a.mul(square, square))
  },
})

/** The sum of the outputs, whatever the targets: written by hand. */
const sumOfOutputs: ValueLoss = {
  name: 'sumOfOutputs',
  targets: 'values',
  hyperparameters: { factor: 3 },
  forward(scope, output, _targets, { share }) {
    const gradient = scope.alloc(output.shape, output.dtype)
    vector.fill(gradient, 3 * share)
    const loss = scope.alloc([1], output.dtype)
    vector.fill(loss, 0)
    return { loss, backward: () => gradient }
  },
}

test.each([
  ['meanSquaredError', (x: number, t: number) => (x - t) ** 2],
  ['binaryCrossEntropyWithLogits', (x: number, t: number) => Math.log(1 + Math.exp(x)) - t * x],
] as const)('%s is the mean over all elements', async (name, formula) => {
  using model = autoencoder(name)
  const [X, t] = [images(model.scope, 3, 1), images(model.scope, 3, 2)]
  const [x, target] = [await model.scores(model.scope, X).read(), await t.read()]
  const [loss = Number.NaN] = await model.loss(model.scope, X, t).loss.read()
  const terms = Array.from(x, (value, i) => formula(value, target[i] ?? Number.NaN))
  expect(loss).toBeCloseTo(terms.reduce((a, b) => a + b) / 96, 12)
})

test.each<[string, LossSpec]>([
  ['meanSquaredError', losses.meanSquaredError()],
  ['binaryCrossEntropyWithLogits', losses.binaryCrossEntropyWithLogits()],
  ["one's own formula", elementLoss(quartic, { weight: 0.5 })],
])('the gradients by %s are the slopes of the loss', async (_, loss) => {
  using model = autoencoder(loss, { reg: 0.1 })
  const [X, t] = [images(model.scope, 2, 1), images(model.scope, 2, 2)]
  for (const error of (await gradientErrors(model, X, t)).values()) expect(error).toBeLessThan(1e-6)
})

describe('label smoothing', () => {
  const net = (labelSmoothing?: number) =>
    new Sequential(createNaive(), {
      input: [2, 4, 4],
      layers: [layers.affine({ units: 5, weightScale: 1 })],
      dtype: 'float64',
      ...(labelSmoothing !== undefined && { loss: losses.softmaxCrossEntropy({ labelSmoothing }) }),
    })

  test.each([0.1, 0.9])('by %d is cross-entropy with a target that all classes share in part', async (smoothing) => {
    using model = net(smoothing)
    const { X, y } = randomBatch(model, 6, 3)
    const [scores, labels] = [await model.scores(model.scope, X).read(), await y.read()]
    let expected = 0
    for (const [n, label] of labels.entries()) {
      const row = Array.from(scores.subarray(5 * n, 5 * n + 5))
      const log = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0))
      for (const [c, z] of row.entries())
        expected -= (((c === label ? 1 - smoothing : 0) + smoothing / 5) * (z - log)) / labels.length
    }
    expect((await model.loss(model.scope, X, y).loss.read())[0]).toBeCloseTo(expected, 12)
    for (const error of (await gradientErrors(model, X, y)).values()) expect(error).toBeLessThan(1e-6)
  })

  test('by 0 changes no bit', async () => {
    const step = async (model: Sequential) => {
      const { X, y } = randomBatch(model, 6, 3)
      const { loss, grads } = model.loss(model.scope, X, y)
      return Promise.all([loss, ...grads].map((tensor) => tensor.read()))
    }
    using plain = net()
    using smooth = net(0)
    expect(await step(smooth)).toEqual(await step(plain))
  })

  test('is part of what a checkpoint knows the loss by', () => {
    using model = net(0.2)
    expect(model.hyperparameters).toMatchObject({
      loss: 'softmaxCrossEntropy',
      'softmaxCrossEntropy.labelSmoothing': 0.2,
    })
  })

  test.each([-0.1, 1, Number.NaN])('of %d is refused', (labelSmoothing) => {
    expect(() => losses.softmaxCrossEntropy({ labelSmoothing })).toThrow(ConfigError)
  })
})

test('parts of a batch add up to the whole of it', async () => {
  using model = autoencoder('meanSquaredError')
  const [X, t] = [images(model.scope, 3, 1), images(model.scope, 3, 2)]
  const part = async (from: number, to: number) => {
    const [x, y] = await Promise.all([X, t].map(async (tensor) => (await tensor.read()).slice(32 * from, 32 * to)))
    const [own, target] = [x, y].map((data) => model.scope.from(Float64Array.from(data ?? []), [to - from, 2, 4, 4]))
    if (!own || !target) throw new Error('there are two tensors')
    return (await model.loss(model.scope, own, target, { share: (to - from) / 3 }).loss.read())[0] ?? Number.NaN
  }
  const [whole = Number.NaN] = await model.loss(model.scope, X, t).loss.read()
  expect((await part(0, 1)) + (await part(1, 3))).toBeCloseTo(whole, 14)
})

describe("a loss of one's own", () => {
  test('is called with the output, and its gradient goes back', async () => {
    using model = autoencoder(sumOfOutputs)
    const [X, t] = [images(model.scope, 2, 1), images(model.scope, 2, 2)]
    const { grads } = model.loss(model.scope, X, t)
    const last = model.params.findIndex(({ name }) => name === 'conv2d2.b')
    // Of each of the two filters: 3 for every pixel of every image.
    expect(Array.from((await grads[last]?.read()) ?? [])).toEqual([96, 96])
  })

  test('is known by its name and hyperparameters', () => {
    using model = autoencoder(sumOfOutputs)
    expect(model.hyperparameters).toMatchObject({ loss: 'sumOfOutputs', 'sumOfOutputs.factor': 3 })
    using other = autoencoder(elementLoss(quartic, { weight: 0.5 }))
    expect(other.hyperparameters).toMatchObject({ loss: 'quartic', 'quartic.weight': 0.5 })
  })
})

describe('targets', () => {
  test('are values of the shape of the output, and such a model has no classes', async () => {
    using model = autoencoder('meanSquaredError')
    expect([model.numClasses, model.targetShape, model.chance]).toEqual([null, [2, 4, 4], null])
    const X = images(model.scope, 2, 1)
    expect(() => model.loss(model.scope, X, X.reshape([2, 32]))).toThrow(ShapeError)
    await expect(model.predict(new Float32Array(32))).rejects.toThrow(
      new ConfigError('sequential: its loss compares values, so it has no classes; read its output by scores'),
    )
  })

  test('are of the kind that the loss wants', () => {
    using values = autoencoder('meanSquaredError')
    using labels = autoencoder(undefined, { layers: [layers.affine({ units: 3 })] })
    const X = images(values.scope, 2, 1)
    expect(() => values.loss(values.scope, X, values.scope.labels(Int32Array.of(0, 1), 3))).toThrow(
      new DTypeError('sequential.loss: meanSquaredError wants a float tensor like its output, got labels [2]'),
    )
    const { X: own } = randomBatch(labels, 2, 1)
    expect(() => labels.loss(labels.scope, own, own)).toThrow(
      'sequential.loss: softmaxCrossEntropy wants labels, as scope.labels makes them, got float64 [2,2,4,4]',
    )
  })

  test.each([null, {}, { name: 'x', targets: 'rows', forward() {} }, { name: 'x', targets: 'labels' }])(
    'no loss is %j',
    (loss) => {
      const options = { input: [2, 4, 4], layers: stack, loss: JSON.parse(JSON.stringify(loss)) }
      expect(() => new Sequential(createNaive(), options)).toThrow(ConfigError)
    },
  )
})
