import { ConfigError, ShapeError, sizeOf } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, test } from 'vitest'
import { type Model, ThreeLayerConvNet, type ThreeLayerConvNetOptions } from '../src/index.js'
import { randomBatch, shake } from './support/randomBatch.js'
import { createSpy } from './support/spy.js'

const small = {
  inputDim: [2, 5, 6],
  numFilters: 3,
  filterSize: 3,
  hiddenDim: 7,
  numClasses: 4,
  weightScale: 0.3,
  dtype: 'float64',
} as const

function build(options: ThreeLayerConvNetOptions = {}): ThreeLayerConvNet {
  return new ThreeLayerConvNet(createNaive(), { ...small, ...options })
}

async function values({ params }: Model): Promise<number[][]> {
  return Promise.all(params.map(async ({ tensor }) => Array.from(await tensor.read())))
}

async function lossOf(model: Model, n = 3): Promise<number> {
  using step = model.scope.child()
  const { X, y } = randomBatch(model, n, 5)
  return (await model.loss(step, X, y, { grads: null }).loss.read())[0] ?? Number.NaN
}

describe('the parameters', () => {
  test("have the notebook's names and shapes, and only weights decay", () => {
    using model = new ThreeLayerConvNet(createNaive())
    expect(model.params.map(({ name, tensor, decay }) => [name, tensor.shape, tensor.dtype, decay])).toEqual([
      ['W1', [32, 3, 7, 7], 'float32', true],
      ['b1', [32], 'float32', false],
      ['W2', [32 * 16 * 16, 100], 'float32', true],
      ['b2', [100], 'float32', false],
      ['W3', [100, 10], 'float32', true],
      ['b3', [10], 'float32', false],
    ])
    expect(model.buffers).toEqual([])
    expect(model.inputShape).toEqual([3, 32, 32])
    expect(model.numClasses).toBe(10)
  })

  test('are drawn from one normal stream in the order W1, W2, W3, and biases are 0', async () => {
    using model = build({ weightScale: 0.25, seed: 11 })
    const random = new Random(11)
    const [W1, b1, W2, b2, W3, b3] = await values(model)
    for (const W of [W1, W2, W3]) expect(W).toEqual(Array.from(random.normal(W?.length ?? 0, 0.25)))
    for (const b of [b1, b2, b3]) expect(b?.every((value) => value === 0)).toBe(true)
  })

  test('are the same for the same seed, and rounded from the same numbers in float32', async () => {
    using a = build({ seed: 1 })
    using b = build({ seed: 1 })
    using other = build({ seed: 2 })
    using single = build({ seed: 1, dtype: 'float32' })
    expect(await values(b)).toEqual(await values(a))
    expect(await values(other)).not.toEqual(await values(a))
    expect(await values(single)).toEqual((await values(a)).map((list) => list.map(Math.fround)))
  })
})

describe('the loss', () => {
  test('of small weights is near ln 10, and reg 0.5 adds 0.25 * sum(W^2)', async () => {
    const notebook = { inputDim: [3, 32, 32], dtype: 'float64', seed: 7 } as const
    using plain = new ThreeLayerConvNet(createNaive(), notebook)
    using regularised = new ThreeLayerConvNet(createNaive(), { ...notebook, reg: 0.5 })
    const loss = await lossOf(plain, 10)
    expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.01)
    let squares = 0
    for (const [i, list] of (await values(plain)).entries())
      if (plain.params[i]?.decay) squares += list.reduce((sum, w) => sum + w * w, 0)
    // Both sides round sums of 8e5 positive terms, in two orders: their error stays far below n * u = 1e-10.
    expect(Math.abs((await lossOf(regularised, 10)) - loss - 0.25 * squares) / squares).toBeLessThan(1e-10)
  })

  test('leaves biases out of the penalty, and adds reg * W to the gradient of W alone', async () => {
    using plain = build()
    using regularised = build({ reg: 0.5 })
    await shake(plain, 1)
    await shake(regularised, 1)
    const [before, after] = await Promise.all([plain, regularised].map(gradients))
    const weights = await values(plain)
    for (const [i, { decay }] of plain.params.entries())
      for (const [j, g] of before?.[i]?.entries() ?? [])
        expect(after?.[i]?.[j]).toBe(decay ? g + 0.5 * (weights[i]?.[j] ?? Number.NaN) : g)
  })

  test('is proportional to scale, and so is its gradient', async () => {
    using model = build()
    using step = model.scope.child()
    const { X, y } = randomBatch(model, 4, 5)
    const mean = model.loss(step, X, y)
    const sum = model.loss(step, X, y, { scale: 1 })
    // 1/4 and 1 are powers of two, so scaling by them rounds nothing.
    for (const [a, b] of [[mean.loss, sum.loss] as const, ...mean.grads.map((g, i) => [g, sum.grads[i]] as const)])
      expect(await b?.read()).toEqual((await a.read()).map((value) => 4 * value))
  })

  test('writes gradients into given tensors, every element of them', async () => {
    using model = build({ reg: 0.1 })
    using step = model.scope.child()
    const { X, y } = randomBatch(model, 3, 5)
    const allocated = model.loss(step, X, y)
    const given = model.params.map(({ tensor: { shape, size } }) =>
      step.from(new Float64Array(size).fill(Number.NaN), shape),
    )
    const written = model.loss(step, X, y, { grads: given })
    expect(await written.loss.read()).toEqual(await allocated.loss.read())
    for (const [i, grad] of given.entries()) {
      expect(written.grads[i]).toBe(grad)
      expect(await grad.read()).toEqual(await allocated.grads[i]?.read())
    }
    expect(() => model.loss(step, X, y, { grads: given.slice(1) })).toThrow(ShapeError)
  })

  test('alone has the same value, and gives no gradients', async () => {
    using model = build({ reg: 0.1 })
    using step = model.scope.child()
    const { X, y } = randomBatch(model, 3, 5)
    const alone = model.loss(step, X, y, { grads: null })
    expect(alone.grads).toEqual([])
    expect(await alone.loss.read()).toEqual(await model.loss(step, X, y).loss.read())
  })

  test('shows each output, the last of which are the scores', async () => {
    using model = build()
    using step = model.scope.child()
    const { X, y } = randomBatch(model, 3, 5)
    const outputs: (readonly [string, readonly number[]])[] = []
    model.loss(step, X, y, { onOutput: (layer, output) => outputs.push([layer, output.shape]) })
    expect(outputs).toEqual([
      ['conv1', [3, 3, 2, 3]],
      ['affine2', [3, 7]],
      ['affine3', [3, 4]],
    ])
  })

  test('never computes the gradient of the images', () => {
    const { backend, askedForDx } = createSpy()
    using model = new ThreeLayerConvNet(backend, small)
    const { X, y } = randomBatch(model, 3, 5)
    model.loss(model.scope, X, y)
    expect(askedForDx).toEqual([false])
  })

  test('has the same bits every time', async () => {
    using a = build()
    using b = build()
    expect(await gradients(a)).toEqual(await gradients(b))
    expect(await gradients(a)).toEqual(await gradients(b))
  })
})

test('a step, scores and predict leave nothing in the model, and disposing it leaves nothing on the backend', async () => {
  const { backend, living } = createSpy()
  const model = new ThreeLayerConvNet(backend, { ...small, reg: 0.1 })
  const { images, X, y } = randomBatch(model, 3, 5)
  const before = living.size
  {
    using step = model.scope.child()
    model.loss(step, X, y)
    model.scores(step, X)
  }
  await model.predict(images, { batchSize: 2 })
  expect(living.size).toBe(before)
  model[Symbol.dispose]()
  expect(living.size).toBe(0)
})

test('images of another shape are refused by name', () => {
  using model = build()
  const { y } = randomBatch(model, 3, 5)
  for (const shape of [[3, 2, 6, 5], [3, 60], [3]]) {
    const X = model.scope.from(new Float64Array(sizeOf(shape)), shape)
    const message = `threeLayerConvNet: X must have shape [N,2,5,6], got [${shape}]`
    expect(() => model.loss(model.scope, X, y)).toThrow(new ShapeError(message))
    expect(() => model.scores(model.scope, X)).toThrow(new ShapeError(message))
  }
})

test.each<[string, object]>([
  ['filterSize must be odd', { filterSize: 4 }],
  ['filterSize must be an integer of at least 1', { filterSize: 0 }],
  ['numFilters must be an integer', { numFilters: 2.5 }],
  ['hiddenDim must be an integer of at least 1', { hiddenDim: -1 }],
  ['numClasses must be an integer of at least 1', { numClasses: Number.NaN }],
  ['channels must be an integer of at least 1', { inputDim: [0, 4, 4] }],
  ['2x2 window in it, got [3,1,8]', { inputDim: [3, 1, 8] }],
  ['height must be an integer', { inputDim: [3] }],
  ['inputDim must be [channels, height, width]', { inputDim: [3, 4, 4, 4] }],
  ['weightScale must be a finite number of at least 0', { weightScale: -1 }],
  ['reg must be a finite number of at least 0', { reg: Number.POSITIVE_INFINITY }],
  ['seed must be a whole number', { seed: 0.5 }],
  ['dtype must be float32 or float64', { dtype: 'float16' }],
])('an option out of range is refused: %s', (message, options) => {
  const { backend, living } = createSpy()
  const make = () => new ThreeLayerConvNet(backend, options)
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(`threeLayerConvNet: `)
  expect(make).toThrow(message)
  expect(living.size).toBe(0)
})

async function gradients(model: Model): Promise<number[][]> {
  using step = model.scope.child()
  const { X, y } = randomBatch(model, 3, 5)
  const { grads } = model.loss(step, X, y)
  return Promise.all(grads.map(async (grad) => Array.from(await grad.read())))
}
