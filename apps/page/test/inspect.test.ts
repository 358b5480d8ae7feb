import { createNaive } from '@convkit/backend-naive'
import { ThreeLayerConvNet } from '@convkit/nn'
import { describe, expect, it } from 'vitest'
import { accuracyOf, confusionOf, passageOf, predictionsOf } from '../src/train/inspect.js'
import { gridOf } from '../src/train/pictures.js'

const small = {
  numFilters: 2,
  filterSize: 3,
  hiddenDim: 3,
  numClasses: 4,
  weightScale: 0.1,
  inputDim: [3, 8, 8],
} as const

function images(count: number): Float32Array {
  return Float32Array.from({ length: count * 3 * 64 }, (_, i) => Math.sin(i))
}

describe('a look at a model', () => {
  it('gives what it predicts, and how sure it is', async () => {
    using model = new ThreeLayerConvNet(createNaive(), small)
    const set = { images: images(3), labels: Int32Array.of(0, 1, 2), shape: [3, 3, 8, 8], classNames: [] } as const
    const predictions = await predictionsOf(model, set)
    expect(predictions.map(({ predicted }) => predicted)).toEqual([...(await model.predict(set.images))])
    for (const { probability } of predictions) expect(probability).toBeGreaterThanOrEqual(1 / 4)
  })

  it('is kept short on a slow backend, but for its first hundred images', async () => {
    using model = new ThreeLayerConvNet(createNaive(), small)
    const set = { images: images(150), labels: new Int32Array(150), shape: [150, 3, 8, 8], classNames: [] } as const
    expect(await predictionsOf(model, set, 0)).toEqual((await predictionsOf(model, set)).slice(0, 100))
  })

  it('follows an image through every layer, to the probabilities of the classes', async () => {
    using model = new ThreeLayerConvNet(createNaive(), small)
    const { activations, probabilities } = await passageOf(model, images(1))
    expect(activations.map(({ layer, shape }) => [layer, ...shape])).toEqual([
      ['conv1', 2, 4, 4],
      ['affine2', 3],
    ])
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
  })

  it('counts what was taken for what', () => {
    const predictions = [
      { label: 0, predicted: 0, probability: 1 },
      { label: 0, predicted: 1, probability: 1 },
      { label: 1, predicted: -1, probability: Number.NaN },
    ]
    expect(confusionOf(predictions, 2)).toEqual([
      [1, 1],
      [0, 0],
    ])
    expect(accuracyOf(predictions)).toBe(1 / 3)
  })
})

describe('a grid of pictures', () => {
  it('stretches a colour picture over all shades, with a gap that is transparent', () => {
    const grid = gridOf(Float32Array.of(-1, 0, 1, 5, 5, 5), [2, 3, 1, 1], { columns: 2 })
    expect([grid.width, grid.height]).toEqual([3, 1])
    expect([...grid.data]).toEqual([0, 128, 255, 255, 0, 0, 0, 0, 0, 0, 0, 255])
  })

  it('shows grey pictures on one scale from 0, so that a quiet one is dark', () => {
    const grid = gridOf(Float32Array.of(2, 1), [2, 1, 1], { columns: 2, gap: 0 })
    expect([...grid.data]).toEqual([255, 255, 255, 255, 128, 128, 128, 255])
  })
})
