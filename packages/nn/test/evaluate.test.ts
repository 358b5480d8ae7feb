import { ConfigError, DataError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { createViews, Random } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accuracy, evaluate, layers, Sequential, softmax } from '../src/index.js'
import { build, everySort, twoColours } from './solver/fixture.js'

/** A model whose scores are the image itself: what each image is taken for can be written down. */
function identity(classes: number, dtype: 'float32' | 'float64' = 'float64'): Sequential {
  const eye = Float64Array.from({ length: classes ** 2 }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0))
  const model = new Sequential(createNaive(), { input: [classes], layers: [layers.affine({ units: classes })], dtype })
  model.params[0]?.tensor.write(dtype === 'float64' ? eye : Float32Array.from(eye))
  return model
}

/** Each label with the class that it is taken for. */
const pairs = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 12 })

describe('evaluate', () => {
  it('counts what is taken for what, and every share follows from the counts', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.integer({ min: 1, max: 13 }), async (taken, batchSize) => {
        using model = identity(4)
        const images = taken.flatMap(([, predicted]) => [0, 1, 2, 3].map((c) => (c === predicted ? 3 : 0)))
        const set = { images, labels: taken.map(([label]) => label), shape: [taken.length, 4] }
        const result = await evaluate(model, set, { batchSize, worst: 100 })
        const count = (test: (pair: [number, number]) => boolean) => taken.filter(test).length
        for (let a = 0; a < 4; a++) {
          const [images, as] = [count(([label]) => label === a), count(([, predicted]) => predicted === a)]
          const right = count(([label, predicted]) => label === a && predicted === a)
          expect(result.perClass[a]).toEqual({
            images,
            precision: as === 0 ? null : right / as,
            recall: images === 0 ? null : right / images,
          })
          for (let b = 0; b < 4; b++)
            expect(result.confusion[a]?.[b]).toBe(count(([label, predicted]) => label === a && predicted === b))
        }
        expect(result.images).toBe(taken.length)
        expect(result.accuracy).toBe(await accuracy(model, set))
        expect(result.worst.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...taken.keys()])
      }),
      { seed: 11, numRuns: 40 },
    )
  })

  it('has the loss of the model itself, and orders the examples by theirs', async () => {
    using model = build(everySort, { dtype: 'float64' })
    const set = twoColours(7, { noise: 2 })
    const result = await evaluate(model, set, { batchSize: 3, worst: 4 })
    using scope = model.scope.child()
    const X = scope.from(Float64Array.from(set.images), [...set.shape])
    const request = { grads: null, mode: { train: false, random: () => 0 } } as const
    const [loss = Number.NaN] = await model.loss(scope, X, scope.labels(set.labels, 2), request).loss.read()
    expect(result.loss).toBeCloseTo(loss, 12)
    const scores = await model.scores(scope, X).read()
    const losses = [...set.labels].map((label, n) => -Math.log(softmax(scores.subarray(2 * n, 2 * n + 2))[label] ?? 0))
    expect(result.worst.map(({ loss }) => loss)).toEqual(
      result.worst.map(({ index }) => expect.closeTo(losses[index] ?? 0, 12)),
    )
    const highest = losses.toSorted((a, b) => b - a).slice(0, 4)
    expect(result.worst.map(({ loss }) => loss)).toEqual(highest.map((value) => expect.closeTo(value, 12)))
    for (const { index, label, predicted, probability } of result.worst) {
      expect(label).toBe(set.labels[index])
      expect(probability).toBeGreaterThanOrEqual(0.5)
      expect(predicted).toBe((scores[2 * index] ?? 0) >= (scores[2 * index + 1] ?? 0) ? 0 : 1)
    }
  })

  it('is finite where the right class has no probability left', async () => {
    using model = identity(2)
    const { loss, worst } = await evaluate(model, { images: [5000, 0], labels: [1], shape: [1, 2] })
    expect([loss, worst[0]?.loss, worst[0]?.probability]).toEqual([5000, 5000, 1])
  })

  it('takes streamed sets, of either number type, and tells how far it is', async () => {
    const random = new Random(3)
    const images = Float32Array.from(random.normal(5 * 3))
    const labels = [0, 1, 2, 0, 1]
    const rows = { readRow: (index: number, into: Float32Array) => into.set(images.subarray(3 * index, 3 * index + 3)) }
    using double = identity(3)
    using single = identity(3, 'float32')
    const whole = await evaluate(double, { images, labels, shape: [5, 3] })
    const done: [number, number][] = []
    const options = { batchSize: 2, onProgress: (...progress: [number, number]) => done.push(progress) }
    expect(await evaluate(single, { images: rows, labels, shape: [5, 3] }, options)).toEqual(whole)
    expect(done).toEqual([
      [2, 5],
      [4, 5],
      [5, 5],
    ])
  })

  it('averages the scores over the views of each image', async () => {
    using model = new Sequential(createNaive(), {
      input: [1, 3, 3],
      layers: [layers.affine({ units: 2 })],
      dtype: 'float64',
      seed: 3,
    })
    const image = Float32Array.from(new Random(8).normal(9))
    const set = { images: image, labels: [0], shape: [1, 1, 3, 3] }
    const views = createViews({ mirror: true, translate: 1 }).map((view) => view(image, [1, 1, 3, 3]))
    // The scores of an affine layer at the mean of the views are the mean of theirs.
    const mean = Float64Array.from(image, (_, i) => views.reduce((sum, view) => sum + (view[i] ?? 0) / views.length, 0))
    using scope = model.scope.child()
    const [a = 0, b = 0] = await model.scores(scope, scope.from(mean, [1, 1, 3, 3])).read()
    const { loss } = await evaluate(model, set, { views: { mirror: true, translate: 1 } })
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(b - a)), 12)
    expect(await evaluate(model, set, { views: {} })).toEqual(await evaluate(model, set))
    using flat = identity(2)
    const plain = { images: [1, 0], labels: [1], shape: [1, 2] }
    await expect(evaluate(flat, plain, { views: { mirror: true } })).rejects.toThrow('views are of images [C,H,W], and')
    await expect(evaluate(model, set, { views: Object({ flip: true }) })).rejects.toThrow('there is no option flip')
  })

  it('refuses sets that do not fit, scores without a meaning and options that do not exist', async () => {
    using model = identity(2)
    const set = { images: [1, 0], labels: [1], shape: [1, 2] }
    await expect(evaluate(model, { ...set, labels: [2] })).rejects.toThrow('evaluate: the set: labels[0] is 2')
    await expect(evaluate(model, { ...set, shape: [0, 2] })).rejects.toThrow(DataError)
    await expect(evaluate(model, { images: [1, 0, 0], labels: [1], shape: [1, 3] })).rejects.toThrow('wants [2]')
    await expect(evaluate(model, set, { batchSize: 0 })).rejects.toThrow(ConfigError)
    await expect(evaluate(model, set, { worst: 1.5 })).rejects.toThrow('worst must be an integer')
    await expect(evaluate(model, set, Object({ batch: 1 }))).rejects.toThrow('there is no option batch')
    model.params[1]?.tensor.write(Float64Array.of(0, Number.NaN))
    await expect(evaluate(model, set)).rejects.toThrow("evaluate: the model's scores of image 0 are not finite: NaN")
  })
})
