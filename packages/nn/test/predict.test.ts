import { ConfigError, type FloatDType, ShapeError, sizeOf } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ThreeLayerConvNet, type ThreeLayerConvNetOptions } from '../src/index.js'

const seed = 20_240_603
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

describe('predict', () => {
  test('is the first highest score, whatever the batch size and the type of the images', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 9 }),
        fc.integer({ min: 1, max: 11 }),
        fc.constantFrom<FloatDType>('float32', 'float64'),
        async (n, batchSize, dtype) => {
          using model = build({ dtype, seed: n })
          // Rounded to float32, so that both arrays hold the same images.
          const images = Float32Array.from(new Random(n).normal(n * sizeOf(model.inputShape)))
          const predicted = await model.predict(images, { batchSize })
          expect(await model.predict(Float64Array.from(images))).toEqual(predicted)
          expect(predicted.length).toBe(n)
          if (n === 0) return
          using step = model.scope.child()
          const X = step.from(dtype === 'float32' ? images : Float64Array.from(images), [n, ...model.inputShape])
          const scores = Array.from(await model.scores(step, X).read())
          const rows = Array.from({ length: n }, (_, i) => scores.slice(4 * i, 4 * i + 4))
          expect(Array.from(predicted)).toEqual(rows.map((row) => row.indexOf(Math.max(...row))))
        },
      ),
      { seed, numRuns: 30 },
    )
  })

  test('takes the first of equal scores, and gives no class where a score is NaN', async () => {
    using model = build()
    const b3 = model.params.at(-1)?.tensor
    model.params.at(-2)?.tensor.write(new Float64Array(28))
    const images = new Float64Array(2 * 60).fill(1)
    b3?.write(Float64Array.of(0, 2, 2, 1))
    expect(Array.from(await model.predict(images))).toEqual([1, 1])
    b3?.write(new Float64Array(4).fill(Number.NEGATIVE_INFINITY))
    expect(Array.from(await model.predict(images))).toEqual([0, 0])
    b3?.write(Float64Array.of(0, 2, 2, Number.NaN))
    expect(Array.from(await model.predict(images))).toEqual([-1, -1])
    // One broken image does not spoil the others.
    b3?.write(Float64Array.of(0, 2, 2, 1))
    images[0] = Number.NaN
    expect(Array.from(await model.predict(images))).toEqual([-1, 1])
  })

  test('refuses what is not whole images, and a batch size that is not a count', async () => {
    using model = build()
    await expect(model.predict(new Float64Array(61))).rejects.toThrow(ShapeError)
    for (const batchSize of [0, -1, 1.5, Number.NaN])
      await expect(model.predict(new Float64Array(60), { batchSize })).rejects.toThrow(ConfigError)
  })
})
