import { ConfigError, DataError } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { evaluateValues, layers, Solver } from '../src/index.js'
import { build, twoColours } from './solver/fixture.js'

const stack = [layers.conv2d({ filters: 4, kernel: 3, pad: 'same' }), layers.conv2d({ filters: 2, kernel: 1 })]
const set = { ...twoColours(7, { noise: 2 }), targets: 'images' } as const
const autoencoder = () => build(stack, { loss: 'meanSquaredError', dtype: 'float64' })

describe('evaluateValues', () => {
  it("has the Solver's validation loss, whatever the batch, and orders the rows by theirs", async () => {
    using model = autoencoder()
    using solver = new Solver(model, { train: set, validation: set }, { epochs: 1, batchSize: 7, onWarning() {} })
    const { epochs } = await solver.run()
    const result = await evaluateValues(model, set, { batchSize: 3, worst: 100 })
    expect(result.images).toBe(7)
    expect(result.meanSquaredError).toBeCloseTo(epochs.at(-1)?.validationLoss ?? Number.NaN, 12)
    const errors = result.best.map(({ meanSquaredError }) => meanSquaredError)
    expect(errors).toEqual(errors.toSorted((a, b) => a - b))
    expect(errors.reduce((sum, error) => sum + error / 7, 0)).toBeCloseTo(result.meanSquaredError, 12)
    expect(result.worst).toEqual(result.best.toReversed())
    const few = await evaluateValues(model, set, { worst: 2 })
    expect(few).toEqual({ ...result, worst: result.worst.slice(0, 2), best: result.best.slice(0, 2) })
  })

  it('measures each row on its own targets', async () => {
    using model = build([layers.affine({ units: 1, weightScale: 0 })], { loss: 'meanSquaredError' })
    const targets = [3, -1, 2, 0, 1, -4, 5]
    const { images, shape } = twoColours(7)
    const done: number[] = []
    const onProgress = (n: number) => done.push(n)
    const result = await evaluateValues(model, { images, targets, shape }, { batchSize: 4, worst: 7, onProgress })
    expect(done).toEqual([4, 7])
    for (const { index, meanSquaredError } of result.worst) expect(meanSquaredError).toBe((targets[index] ?? 0) ** 2)
    expect(result.meanSquaredError).toBe(8)
    expect(result.worst[0]?.index).toBe(6)
  })

  it('refuses what it cannot measure', async () => {
    using model = autoencoder()
    using classifier = build()
    await expect(evaluateValues(classifier, set)).rejects.toThrow(ConfigError)
    await expect(evaluateValues(classifier, set)).rejects.toThrow(/sequential tells classes apart: evaluate is for it/)
    await expect(evaluateValues(model, set, { worst: 0 })).rejects.toThrow(ConfigError)
    const { images, shape } = set
    await expect(evaluateValues(model, { images, targets: [1], shape })).rejects.toThrow(DataError)
    for (const { tensor } of model.params) tensor.write(new Float64Array(tensor.size).fill(Number.NaN))
    await expect(evaluateValues(model, set)).rejects.toThrow(/output for image 0 is not finite/)
  })
})
