import { ConfigError, DataError } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type LayerSpec,
  layers,
  type SequentialOptions,
  Solver,
  type SolverData,
  type SolverOptions,
} from '../../src/index.js'
import { createRanks } from '../support/ranks.js'
import { build, eventsOf, twoColours, valuesOf } from './fixture.js'

const stack: readonly LayerSpec[] = [
  layers.conv2d({ filters: 4, kernel: 3, pad: 'same' }),
  layers.batchNorm(),
  layers.relu(),
  layers.conv2d({ filters: 2, kernel: 1 }),
]

/** Images that are their own targets. */
function images(n: number, seed: number) {
  const { images, shape } = twoColours(n, { seed, noise: 1 })
  return { images, targets: images, shape }
}

const own: SolverData = { train: images(22, 1), validation: images(9, 2) }

const autoencoder = (options: Partial<SequentialOptions> = {}) => build(stack, { loss: 'meanSquaredError', ...options })

const adam: SolverOptions = {
  epochs: 4,
  batchSize: 6,
  optimizer: { name: 'adam', learningRate: 0.01 },
  onWarning: (warning) => {
    throw new Error(warning)
  },
}

async function train(options: SolverOptions = {}, data = own) {
  using model = autoencoder()
  using solver = new Solver(model, data, { ...adam, ...options })
  const events = await eventsOf(solver)
  return {
    history: solver.history,
    best: events.filter((event) => event.type === 'epoch' && event.best),
    values: await valuesOf(model),
  }
}

describe('training on values', () => {
  it('learns images by themselves, and tells losses where there are no accuracies', async () => {
    const { history, best } = await train({ epochs: 20 })
    const losses = history.epochs.map(({ validationLoss }) => validationLoss ?? Number.NaN)
    expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? 0))
    for (const { trainAccuracy, validationAccuracy } of history.epochs)
      expect([trainAccuracy, validationAccuracy]).toEqual([null, null])
    expect(best.at(-1)).toMatchObject({ validationLoss: Math.min(...losses) })
  })

  it('ends with the parameters of the lowest validation loss', async () => {
    using model = autoencoder()
    using solver = new Solver(model, own, { ...adam, optimizer: { name: 'sgd', learningRate: 0.9 }, epochs: 6 })
    await solver.run()
    const losses = solver.history.epochs.map(({ validationLoss }) => validationLoss ?? Number.NaN)
    expect(Math.min(...losses)).toBeLessThan(losses.at(-1) ?? 0)
    using scope = model.scope.child()
    const { images, shape } = twoColours(9, { seed: 2, noise: 1 })
    const X = scope.from(images, shape)
    const [loss = Number.NaN] = await model.scoresAndLoss(scope, X, X).loss.read()
    expect(loss / 9).toBeCloseTo(Math.min(...losses), 6)
  })

  it('takes targets of another shape, in any kind of numbers', async () => {
    using model = build([layers.affine({ units: 3 })], { loss: 'meanSquaredError' })
    const { images, shape } = twoColours(8)
    const targets = Array.from({ length: 24 }, (_, i) => (i % 3) - 1)
    const set = { images, targets, shape }
    using solver = new Solver(model, { train: set, validation: set }, { ...adam, epochs: 60, batchSize: 8 })
    const { losses } = await solver.run()
    expect(losses.at(-1)?.loss).toBeLessThan(0.1 * (losses[0]?.loss ?? 0))
  })

  it('is the same in micro-batches and on two ranks, but for rounding', async () => {
    const plain = stack.filter(({ kind }) => kind !== 'batchNorm')
    const losses = async (options: SolverOptions) => {
      using model = build(plain, { loss: 'meanSquaredError', dtype: 'float64' })
      using solver = new Solver(model, own, { ...adam, ...options })
      return (await solver.run()).losses.map(({ loss }) => loss)
    }
    const whole = await losses({})
    const [first = [], second = []] = await Promise.all(createRanks(2).map((communicator) => losses({ communicator })))
    expect(first).toEqual(second)
    for (const other of [first, await losses({ accumulate: 4 })])
      for (const [i, loss] of other.entries()) expect(loss / (whole[i] ?? 0)).toBeCloseTo(1, 10)
  })

  it('is resumed to the same bits, on the same targets alone', async () => {
    const unbroken = await train()
    using model = autoencoder()
    using solver = new Solver(model, own, adam)
    for await (const event of solver.train()) if (event.iteration === 5) break
    const state = await decodeCheckpoint(await encodeCheckpoint(await solver.state()))
    using again = autoencoder()
    using resumed = new Solver(again, own, adam)
    resumed.restore(state)
    await resumed.run()
    expect(resumed.history).toEqual(unbroken.history)
    expect(await valuesOf(again)).toEqual(unbroken.values)
    const { train: set } = own
    const other = { ...own, train: { ...images(22, 1), targets: Array.from(set.images as Float32Array, (x) => -x) } }
    using different = new Solver(again, other, adam)
    expect(() => different.restore(state)).toThrow(/contents of the training set/)
  })
})

describe("targets: 'images'", () => {
  const themselves = ({ images: pixels, shape }: ReturnType<typeof images>) =>
    ({ images: pixels, targets: 'images', shape }) as const
  const sets = { train: themselves(images(22, 1)), validation: themselves(images(9, 2)) }
  const divided = ({ images: pixels, shape }: ReturnType<typeof images>) => ({
    images: pixels,
    targets: pixels.map((value) => value / 64),
    shape,
  })

  it('are the images over 64, in memory or streamed, to the last bit', async () => {
    const written = await train({}, { train: divided(images(22, 1)), validation: divided(images(9, 2)) })
    expect(await train({}, sets)).toEqual(written)
    const { images: pixels } = sets.train
    const rows = { readRow: (i: number, into: Float32Array) => into.set(pixels.subarray(32 * i, 32 * i + 32)) }
    const read = { ...sets, train: { ...sets.train, images: rows } }
    expect(await train({ accumulate: 2 }, read)).toEqual(await train({ accumulate: 2 }, sets))
  })

  it('are what the model sees of the images, augmented', async () => {
    const dark = (pixels: Float32Array) => new Float32Array(pixels.length)
    using model = build([layers.affine({ units: 32, weightScale: 0 })], { loss: 'meanSquaredError' })
    using solver = new Solver(model, sets, { ...adam, augment: dark })
    const { losses } = await solver.run()
    // The first output is 0, and so is every target.
    expect(losses.map(({ loss }) => loss)).toEqual(losses.map(() => 0))
  })

  it('are resumed to the same bits, and not on targets that are written out', async () => {
    const unbroken = await train({}, sets)
    using model = autoencoder()
    using solver = new Solver(model, sets, adam)
    for await (const event of solver.train()) if (event.iteration === 5) break
    const state = await decodeCheckpoint(await encodeCheckpoint(await solver.state()))
    using again = autoencoder()
    using resumed = new Solver(again, sets, adam)
    resumed.restore(state)
    await resumed.run()
    expect(resumed.history).toEqual(unbroken.history)
    using different = new Solver(again, { train: divided(images(22, 1)), validation: divided(images(9, 2)) }, adam)
    expect(() => different.restore(state)).toThrow(/contents of the training set/)
  })

  it('want an output like the images', () => {
    using model = build([layers.conv2d({ filters: 1, kernel: 1 })], { loss: 'meanSquaredError' })
    const refused = 'solver: the training set: its targets are its images, [2,4,4], but sequential gives [1,4,4]'
    expect(() => new Solver(model, sets)).toThrow(new DataError(refused))
    using flat = build([layers.affine({ units: 32 })], { loss: 'meanSquaredError' })
    expect(() => new Solver(flat, sets)).not.toThrow()
  })
})

describe('a set that the loss cannot take', () => {
  const { images: pixels, targets, shape } = images(4, 1)
  const labelled = twoColours(4)
  it.each<[string, SolverData['train'], string]>([
    ['labels for values', labelled, 'solver: the training set has no targets; the loss of sequential wants values'],
    [
      'too few targets',
      { images: pixels, targets: targets.subarray(1), shape },
      'targets of 4 rows with 32 values each are 128, got 127',
    ],
    [
      'a target that is not finite',
      { images: pixels, targets: targets.with(5, Number.NaN), shape },
      'solver: the training set: targets[5] is NaN',
    ],
    ['images of another shape', { images: pixels, targets, shape: [4, 4, 4, 2] }, 'wants [2,4,4]'],
  ])('%s', (_, set, message) => {
    using model = autoencoder()
    expect(() => new Solver(model, { train: set, validation: own.validation })).toThrow(DataError)
    expect(() => new Solver(model, { train: set, validation: own.validation })).toThrow(message)
  })

  it('targets for labels, and metrics of classes for values', () => {
    using classifier = build()
    expect(() => new Solver(classifier, own)).toThrow(
      'solver: the training set has targets; the loss of sequential wants labels',
    )
    using model = autoencoder()
    expect(() => new Solver(model, own, { metrics: { mine: () => 1 } })).toThrow(ConfigError)
  })
})
