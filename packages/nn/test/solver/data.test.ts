import { DataError } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { accuracy, layers, Solver, type SolverData } from '../../src/index.js'
import { build, small, twoColours, valuesOf } from './fixture.js'

const stack = [layers.affine({ units: 2 })]
const make = (change: object, set: 'train' | 'validation' = 'train') => {
  using model = build(stack)
  const live = model.scope.live
  try {
    new Solver(model, { ...small, [set]: { ...small[set], ...change } })[Symbol.dispose]()
  } finally {
    expect(model.scope.live).toBe(live)
  }
}

describe('the sets of a solver', () => {
  it.each(['train', 'validation'] as const)('are checked when it is made: %s', (set) => {
    const name = set === 'train' ? 'the training set' : 'the validation set'
    const { images, labels } = small[set]
    const refused: [object, string][] = [
      [
        { shape: [labels.length, 4, 4, 2] },
        'of shape [4,4,2]; sequential wants [2,4,4]: channels come before height and',
      ],
      [{ shape: [labels.length, 32] }, 'of shape [32]; sequential wants [2,4,4]'],
      [{ images: images.map((value, i) => (i === 70 ? Number.NaN : value)) }, 'images[70] is NaN'],
      [{ labels: Array.from(labels, (label, i) => (i === 4 ? 1.5 : label)) }, 'labels[4] is 1.5'],
      [
        { labels: Array.from(labels, (label, i) => BigInt(i === 4 ? 2 : label)) },
        'labels[4] is 2; expected whole numbers in [0, 2)',
      ],
      [{ labels: Array.from(labels, (label) => [1 - label, label]) }, 'labels look one-hot'],
      [{ labels: labels.slice(1) }, 'rows and'],
      [{ classNames: ['second', 'first'] }, 'class 0 is'],
    ]
    for (const [change, message] of refused) {
      expect(() => make(change, set)).toThrow(DataError)
      expect(() => make(change, set)).toThrow(message)
      if (!('classNames' in change)) expect(() => make(change, set)).toThrow(name)
    }
  })

  it('may be one: all rows train, nothing is validated, and the last step is kept', async () => {
    using model = build(stack)
    using validated = build(stack)
    using solver = new Solver(model, { ...small, validation: null }, { epochs: 2, batchSize: 5 })
    using other = new Solver(validated, small, { epochs: 2, batchSize: 5, keepBest: false })
    const [{ epochs }] = [await solver.run(), await other.run()]
    expect(epochs).toHaveLength(3)
    for (const { trainAccuracy, validationAccuracy, validationLoss } of epochs) {
      expect(trainAccuracy).toBeGreaterThan(0)
      expect([validationAccuracy, validationLoss]).toEqual([null, null])
    }
    expect(await valuesOf(model)).toEqual(await valuesOf(validated))
    using again = build(stack)
    using resumed = new Solver(again, { ...small, validation: null }, { epochs: 3, batchSize: 5 })
    resumed.restore(await solver.state())
    expect(() => new Solver(model, { ...small, validation: null }, { patience: 1 })).toThrow('there is none')
  })

  it('train the same bits in any form', async () => {
    const train = async (data: SolverData) => {
      using model = build(stack)
      using solver = new Solver(model, data, { epochs: 1, batchSize: 5 })
      await solver.run()
      return valuesOf(model)
    }
    const converted = {
      train: {
        ...small.train,
        images: Array.from(small.train.images),
        labels: BigInt64Array.from(small.train.labels, BigInt),
      },
      validation: { ...structuredClone(small.validation), labels: Uint8Array.from(small.validation.labels) },
    }
    expect(await train(converted)).toEqual(await train(small))
  })

  it('may be flat where the input has one axis', async () => {
    using model = build(stack, { input: [32] })
    const flat = ({ images, labels }: typeof small.train) => ({ images, labels, shape: [labels.length, 32] })
    using solver = new Solver(
      model,
      { train: flat(small.train), validation: flat(small.validation) },
      { epochs: 1, batchSize: 11 },
    )
    await solver.run()
    expect(await accuracy(model, flat(small.train))).toBe(await accuracy(model, small.train))
  })
})

describe('accuracy', () => {
  it('refuses what a solver refuses, no rows, and batches that never end', async () => {
    using model = build(stack)
    const set = twoColours(4)
    await expect(accuracy(model, { ...set, shape: [4, 4, 4, 2] })).rejects.toThrow(DataError)
    await expect(accuracy(model, { ...set, labels: [0, 1, 0, 2] })).rejects.toThrow('accuracy: the set: labels[3] is 2')
    await expect(accuracy(model, set, { rows: new Int32Array(0) })).rejects.toThrow(DataError)
    await expect(accuracy(model, set, { batchSize: 0 })).rejects.toThrow('batchSize must be an integer')
  })
})

describe('options', () => {
  it('that do not exist are refused with those that were meant', async () => {
    using model = build(stack)
    const options: object = { optimiser: 'adam' }
    expect(() => new Solver(model, small, options)).toThrow(
      'solver: there is no option optimiser; did you mean optimizer? (known: epochs, batchSize,',
    )
    const rate: object = { learningRate: 0.1 }
    expect(() => new Solver(model, small, rate)).toThrow('solver: there is no option learningRate (known:')
    expect(() => build(stack, Object({ dType: 'float64' }))).toThrow('there is no option dType; did you mean dtype?')
    using solver = new Solver(model, small, Object({ clipNorm: undefined, epochs: 1, batchSize: 22 }))
    await expect(solver.run(Object({ onevent() {} }))).rejects.toThrow('did you mean onEvent?')
    await expect(solver.train(Object({ checkpointevery: 1 })).next()).rejects.toThrow('did you mean checkpointEvery?')
    await expect(model.predict([], Object({ batch: 1 }))).rejects.toThrow('there is no option batch')
    await expect(solver.run()).resolves.toMatchObject({ epochs: [{ epoch: 1 }] })
  })
})
