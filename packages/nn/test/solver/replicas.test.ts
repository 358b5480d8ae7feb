import { ConfigError, withSyncBatchNorm } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { alternatingFlip, compose, Random, randomCrop, randomFlip } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Communicator,
  isShared,
  type LayerSpec,
  layers,
  losses,
  type Metric,
  Sequential,
  type SequentialOptions,
  Solver,
  type SolverOptions,
  type SolverState,
  schedules,
} from '../../src/index.js'
import { createRanks } from '../support/ranks.js'
import { exceptBatches } from '../support/warnings.js'
import { everySort, small, twoColours, valuesOf } from './fixture.js'

interface Run {
  readonly options: SolverOptions
  readonly stack?: readonly LayerSpec[]
  readonly dtype?: 'float32' | 'float64'
  readonly reg?: number
  readonly loss?: NonNullable<SequentialOptions['loss']>
  readonly data?: typeof small
  readonly from?: SolverState
  readonly sync?: boolean
}

async function onRank(communicator: Communicator | null, run: Run) {
  const { options, stack = everySort, data = small, from, sync, ...model } = run
  const backend = createNaive()
  const summed = sync && communicator ? withSyncBatchNorm(backend, (v) => communicator.allreduce(v)) : backend
  using net = new Sequential(summed, { input: [2, 4, 4], layers: stack, seed: 5, ...model })
  using solver = new Solver(net, data, { onWarning: exceptBatches, ...options, communicator })
  if (from) solver.restore(from)
  const history = await solver.run()
  return { history, values: await valuesOf(net), state: await solver.state() }
}

/** What every rank of so many has in the end, which is the same; null is a process without a communicator. */
async function trained(size: number | null, run: Run) {
  const results = await Promise.all((size === null ? [null] : createRanks(size)).map((rank) => onRank(rank, run)))
  const [first] = results
  for (const result of results) expect(result).toEqual(first)
  if (!first) throw new Error('no rank')
  return first
}

/** Pixels and labels such that a few steps of a linear net have small multiples of powers of two everywhere. */
function dyadic(n: number, seed: number) {
  const random = new Random(seed)
  return {
    images: Float32Array.from({ length: n * 32 }, () => random.integer(9) / 4 - 1),
    labels: Int32Array.from({ length: n }, () => random.integer(2)),
    shape: [n, 2, 4, 4] as const,
    classNames: [],
  }
}

const exact: Run = {
  stack: [layers.affine({ units: 2, weightScale: 0 })],
  dtype: 'float64',
  loss: 'svmLoss',
  data: { train: dyadic(20, 1), validation: dyadic(7, 2) },
  options: { epochs: 2, batchSize: 8, optimizer: { name: 'sgdMomentum', learningRate: 0.25, momentum: 0.5 } },
}

const margin: Metric = (scores, label) => (scores[label] ?? 0) - (scores[1 - label] ?? 0)

describe('ranks that train together', () => {
  it('take the very steps of one process where arithmetic is exact', async () => {
    for (const accumulate of [1, 2])
      for (const reg of [0, 0.5]) {
        const run = { ...exact, reg, options: { ...exact.options, accumulate, metrics: { margin } } }
        const alone = await trained(null, run)
        expect(new Set(alone.history.losses.map(({ loss }) => loss)).size).toBe(4)
        for (const size of [1, 2, 4]) {
          const { history, values } = await trained(size, run)
          expect({ history, values }).toEqual({ history: alone.history, values: alone.values })
        }
      }
  })

  it('weigh rows by their classes as one process does, however a batch is cut, and parts of it may weigh nothing', async () => {
    for (const labelSmoothing of [0, 0.25]) {
      const loss = losses.softmaxCrossEntropy({ classWeights: [0, 3], labelSmoothing })
      const weighted = (accumulate: number): Run => ({
        ...exact,
        loss,
        reg: 0.5,
        options: { ...exact.options, accumulate },
      })
      const alone = (await trained(null, weighted(1))).history
      const plain = losses.softmaxCrossEntropy({ labelSmoothing })
      expect(alone).not.toEqual((await trained(null, { ...weighted(1), loss: plain })).history)
      for (const [size, accumulate] of [
        [1, 3],
        [2, 1],
        [4, 2],
        [5, 1],
      ] as const) {
        const { history } = await trained(size, weighted(accumulate))
        // Sums in another order, in float64.
        for (const [i, { loss: cost }] of history.losses.entries()) expect(cost).toBeCloseTo(alone.losses[i].loss, 13)
        for (const [i, check] of history.epochs.entries())
          expect(check.validationLoss).toBeCloseTo(alone.epochs[i].validationLoss ?? Number.NaN, 13)
      }
    }
  })

  it('all have the same bits, time and again, whatever their number and the net', async () => {
    const runs = fc.record({
      size: fc.integer({ min: 1, max: 5 }),
      batchSize: fc.integer({ min: 5, max: 22 }),
      accumulate: fc.integer({ min: 1, max: 3 }),
      clipNorm: fc.constantFrom(null, 0.5),
      lossEvery: fc.integer({ min: 1, max: 3 }),
      augmented: fc.boolean(),
      sync: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ size, augmented, sync, ...own }) => {
        const augment = augmented ? compose(randomFlip, randomCrop({ pad: 1 })) : null
        const optimizer = { name: 'adam', learningRate: schedules.plateau({ initial: 0.1, patience: 1 }) } as const
        const metrics = { margin }
        const run = { sync, options: { epochs: 2, metrics, patience: 1, optimizer, augment, ...own } } as const
        expect(await trained(size, run)).toEqual(await trained(size, run))
      }),
      { numRuns: 25 },
    )
  })

  it('of one rank are a process of its own', async () => {
    const run = { options: { epochs: 2, batchSize: 5, augment: randomFlip } }
    expect(await trained(1, run)).toEqual(await trained(null, run))
  })

  it('see every image mirrored in the same epochs, whatever their number', async () => {
    const run = { ...exact, options: { ...exact.options, augment: alternatingFlip() } }
    const { history } = await trained(null, run)
    expect(history.losses).not.toEqual((await trained(null, exact)).history.losses)
    for (const size of [1, 2, 4]) expect((await trained(size, run)).history.losses).toEqual(history.losses)
  })

  it('go on with any number of ranks, and on the same number bit for bit', async () => {
    const short = { ...exact, options: { ...exact.options, epochs: 1 } }
    const whole = await trained(null, exact)
    const { state } = await trained(2, { ...short, options: { ...short.options, keepBest: false } })
    const options = { ...exact.options, keepBest: false }
    for (const size of [null, 1, 2, 4]) {
      const { history } = await trained(size, { ...exact, options, from: state })
      expect(history.losses).toEqual(whole.history.losses)
    }
    const averageWeights = { decay: 0.5 }
    const every: Run = {
      options: { epochs: 3, batchSize: 5, optimizer: 'adam', augment: randomFlip, keepBest: false, averageWeights },
    }
    const half = await trained(3, { options: { ...every.options, epochs: 2 } })
    expect(await trained(3, { ...every, from: half.state })).toEqual(await trained(3, every))
  })

  it('do not go on from batch norm over other rows, unless one of the runs had all of them', async () => {
    const options = { epochs: 1, batchSize: 8 }
    const refused = 'checkpoint: of another run: batch norm over all ranks was '
    const [synced, apart] = [await trained(2, { options, sync: true }), await trained(2, { options })]
    await expect(trained(3, { options, from: synced.state })).rejects.toThrow(`${refused}true and is false`)
    await expect(trained(2, { options, from: apart.state, sync: true })).rejects.toThrow(`${refused}false and is true`)
    await trained(3, { options, from: synced.state, sync: true })
    await trained(null, { options, from: synced.state })
    await trained(1, { options, from: apart.state, sync: true })
  })

  it('evaluate the whole set between them, also where it has fewer rows than there are ranks', async () => {
    const data = { train: exact.data?.train ?? twoColours(20), validation: dyadic(3, 4) }
    const alone = await trained(null, { ...exact, data })
    expect((await trained(4, { ...exact, data })).history.epochs).toEqual(alone.history.epochs)
  })

  it('end with the same alarm when one of them meets a NaN, which names the rank', async () => {
    const failures = await Promise.all(
      createRanks(3).map(async (communicator) => {
        const augment = (images: Float32Array) => (communicator.rank === 1 ? images.map(() => Number.NaN) : images)
        const run = { data: small, options: { batchSize: 6, epochs: 1, augment } }
        return onRank(communicator, run).catch((error: unknown) => error)
      }),
    )
    for (const failure of failures) {
      expect(failure).toMatchObject({
        iteration: 1,
        source: 'the batch of images',
        message: expect.stringContaining('the batch of images on rank 1 is the first non-finite value, NaN'),
      })
      expect(isShared(failure)).toBe(true)
    }
  })

  it('stop after the same step when one of them is asked to', async () => {
    const controller = new AbortController()
    const ends = await Promise.all(
      createRanks(3).map(async (communicator) => {
        using net = new Sequential(createNaive(), { input: [2, 4, 4], layers: everySort })
        using solver = new Solver(net, small, { communicator, batchSize: 6, epochs: 50, lossEvery: 2 })
        const signal = communicator.rank === 2 ? controller.signal : new AbortController().signal
        let aborted = false
        for await (const event of solver.train({ signal })) {
          if (communicator.rank === 2 && event.iteration === 8) controller.abort()
          if (event.type === 'done') aborted = event.aborted
        }
        return { aborted, iteration: solver.iteration, losses: solver.history.losses.length }
      }),
    )
    expect(ends[0]?.aborted).toBe(true)
    expect(ends[0]?.iteration).toBeGreaterThanOrEqual(8)
    expect(ends[0]?.iteration).toBeLessThan(12)
    expect(ends[0]?.losses).toBe(ends[0]?.iteration)
    for (const end of ends) expect(end).toEqual(ends[0])
  })

  it('refuse to start with different settings, and a batch too small to be shared', async () => {
    const failures = await Promise.all(
      createRanks(2).map((communicator) =>
        onRank(communicator, { options: { batchSize: 4, lrDecay: communicator.rank === 0 ? 1 : 0.5 } }).catch(
          (error: unknown) => error,
        ),
      ),
    )
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(ConfigError)
      expect(failure).toMatchObject({ message: expect.stringContaining('lrDecay was 1 and is 0.5') })
    }
    const [rank] = createRanks(5)
    expect(
      () =>
        new Solver(new Sequential(createNaive(), { input: [2, 4, 4], layers: everySort }), small, {
          batchSize: 4,
          communicator: rank ?? null,
        }),
    ).toThrow(new ConfigError('batches: a batch of 4 rows cannot be cut into 5 parts'))
  })
})
