import { createNaive } from '@convkit/backend-naive'
import { type Augment, compose, type Dataset, randomCrop, randomFlip } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accuracy, layers, type RunProgress, Sequential, Solver, type SolverEvent } from '../../src/index.js'
import { exceptBatches } from '../support/warnings.js'
import { build, small as data, distance, eventsOf, everySort, train, twoColours, valuesOf } from './fixture.js'

const linear = [layers.affine({ units: 2 })]

describe('training', () => {
  it('overfits a small separable set', async () => {
    using model = build()
    using solver = new Solver(model, data, {
      epochs: 20,
      batchSize: 5,
      optimizer: { name: 'adam', learningRate: 0.02 },
    })
    const { losses, epochs } = await solver.run()
    expect(epochs.at(-1)).toMatchObject({ trainAccuracy: 1, validationAccuracy: 1 })
    expect(losses.at(-1)?.loss).toBeLessThan((losses[0]?.loss ?? 0) / 10)
  })

  it('gives the same bits for the same seed and others for another', async () => {
    const options = { epochs: 2, batchSize: 4, augment: compose(randomFlip, randomCrop({ pad: 1 })) }
    const first = await train({ ...options, seed: 3 })
    expect(await train({ ...options, seed: 3 })).toEqual(first)
    expect((await train({ ...options, seed: 4 })).history.losses).not.toEqual(first.history.losses)
  })

  it('does not depend on when losses are read or snapshots taken, nor on the training sample', async () => {
    const plain = await train({ epochs: 2, batchSize: 4, trainSamples: null })
    const times = fc.record({
      lossEvery: fc.integer({ min: 1, max: 12 }),
      snapshotEvery: fc.integer({ min: 1, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(times, async (options) => {
        expect(await train({ epochs: 2, batchSize: 4, trainSamples: null, ...options })).toEqual(plain)
        const sampled = await train({ epochs: 2, batchSize: 4, trainSamples: 3, ...options })
        expect(sampled.values).toEqual(plain.values)
      }),
      { seed: 1, numRuns: 15 },
    )
  })

  it('takes max(floor(N / batchSize), 1) iterations an epoch', async () => {
    using model = build(linear)
    using solver = new Solver(model, { ...data, train: twoColours(3) }, { epochs: 4, batchSize: 100 })
    expect(solver.iterations).toBe(4)
    using other = new Solver(model, data, { epochs: 4, batchSize: 5 })
    expect(other.iterations).toBe(16)
  })

  it('sees the images that the augmentation makes of the batch', async () => {
    const seen: number[] = []
    const darken: Augment = (images, shape) => {
      seen.push(shape[0])
      return images.map((pixel) => pixel / 2)
    }
    const halved = (set: Dataset) => ({ ...set, images: set.images.map((pixel) => pixel / 2) })
    const options = { epochs: 2, batchSize: 8, keepBest: false }
    const augmented = await train({ ...options, augment: darken })
    expect(seen).toEqual([8, 8, 8, 8])
    using model = build()
    using solver = new Solver(model, { ...data, train: halved(data.train) }, { ...options, onWarning: exceptBatches })
    expect(augmented.history.losses).toEqual((await solver.run()).losses)
    expect(augmented.values).toEqual(await valuesOf(model))
  })

  it('marks the end of every step for the backend', async () => {
    let marks = 0
    const backend = { ...createNaive(), mark: () => void marks++ }
    using model = new Sequential(backend, { input: [2, 4, 4], layers: linear })
    using solver = new Solver(model, data, { epochs: 2, batchSize: 8, onWarning: exceptBatches })
    for await (const event of solver.train()) if (event.type === 'loss') expect(marks).toBe(event.iteration)
    expect(marks).toBe(solver.iterations)
  })
})

describe('steps', () => {
  it('with micro-batches equal those with the whole batch up to rounding, penalty included', async () => {
    const stack = everySort.filter(({ kind }) => kind !== 'dropout' && kind !== 'batchNorm')
    const run = async (accumulate: number) => {
      using model = build(stack, { dtype: 'float64', reg: 0.3 })
      return await train({ epochs: 2, batchSize: 7, accumulate, optimizer: { name: 'sgd', learningRate: 0.1 } }, model)
    }
    const whole = await run(1)
    for (const accumulate of [2, 3, 7]) {
      const parts = await run(accumulate)
      for (const [i, { loss }] of parts.history.losses.entries())
        expect(Math.abs(loss - (whole.history.losses[i]?.loss ?? 0))).toBeLessThan(1e-13)
      expect(distance(parts.values, whole.values)).toBeLessThan(1e-13)
    }
  })

  it('have the length learningRate * min(norm, clipNorm)', async () => {
    const firstStep = async (clipNorm: number | null) => {
      using model = build(linear, { dtype: 'float64' })
      const before = await valuesOf(model)
      using solver = new Solver(model, data, {
        clipNorm,
        optimizer: { name: 'sgd', learningRate: 0.5 },
        onWarning: exceptBatches,
      })
      for await (const _ of solver.train()) break
      return { length: distance(before, await valuesOf(model)), values: await valuesOf(model) }
    }
    const free = await firstStep(null)
    const norm = free.length / 0.5
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.01, max: 0.99, noNaN: true }), async (share) => {
        expect((await firstStep(share * norm)).length / (share * free.length)).toBeCloseTo(1, 12)
      }),
      { seed: 2, numRuns: 20 },
    )
    for (const share of [1.01, 2, 1e6]) expect(await firstStep(share * norm)).toEqual(free)
  })

  it('shrink by lrDecay after each epoch', async () => {
    using model = build(linear, { dtype: 'float64' })
    // A gradient that is always clipped has the norm 1e-3, so a step has the length learningRate * 1e-3.
    const options = {
      lrDecay: 0.5,
      clipNorm: 1e-3,
      optimizer: { name: 'sgd', learningRate: 0.1 },
      keepBest: false,
    } as const
    using solver = new Solver(model, data, { epochs: 4, batchSize: 11, ...options })
    const lengths: number[] = []
    let before = await valuesOf(model)
    for await (const event of solver.train()) {
      if (event.type !== 'loss') continue
      const after = await valuesOf(model)
      lengths.push(distance(before, after))
      before = after
    }
    const wanted = [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125].map((rate) => rate * 1e-4)
    for (const [i, length] of lengths.entries()) expect(length / (wanted[i] ?? 0)).toBeCloseTo(1, 9)
    expect(lengths).toHaveLength(wanted.length)
  })
})

describe('patience', () => {
  const standing = { epochs: 20, batchSize: 11, optimizer: { name: 'sgd', learningRate: 1e-30 } } as const

  it('ends a run after so many epochs without a better check, and a longer one goes on from there', async () => {
    using model = build(linear)
    using solver = new Solver(model, data, { ...standing, patience: 3 })
    const done: SolverEvent[] = (await eventsOf(solver)).slice(-1)
    // The first check, before epoch 1 is complete, is the best.
    expect(done).toMatchObject([
      { type: 'done', early: true, aborted: false, epoch: 3, best: { epoch: 0, iteration: 1 } },
    ])
    expect(await eventsOf(solver)).toEqual(done)
    using other = build(linear)
    using longer = new Solver(other, data, { ...standing, patience: 5 })
    longer.restore(await solver.state())
    expect((await eventsOf(longer)).at(-1)).toMatchObject({ early: true, epoch: 5 })
    using unbroken = new Solver(build(linear), data, { ...standing, patience: 5 })
    expect(await unbroken.run()).toEqual(longer.history)
  })

  it('that is never used up changes nothing', async () => {
    const options = { epochs: 3, batchSize: 11 } as const
    expect(await train({ ...options, patience: 4 })).toEqual(await train(options))
  })
})

describe('the best model', () => {
  // So long steps that the accuracy jumps about and the last is seldom the best.
  const restless = { epochs: 6, batchSize: 4, optimizer: { name: 'sgd', learningRate: 30 } } as const
  const noisy = { train: twoColours(30, { noise: 8 }), validation: twoColours(40, { noise: 8, seed: 2 }) }

  it('is put back at the end, buffers included', async () => {
    using model = build()
    using solver = new Solver(model, noisy, restless)
    let best = {}
    for await (const event of solver.train()) if (event.type === 'epoch' && event.best) best = await valuesOf(model)
    const accuracies = solver.history.epochs.map(({ validationAccuracy }) => validationAccuracy ?? Number.NaN)
    expect(Math.max(...accuracies)).toBeGreaterThan(accuracies.at(-1) ?? 1)
    expect(await accuracy(model, noisy.validation)).toBe(Math.max(...accuracies))
    expect(await valuesOf(model)).toEqual(best)
  })

  it('is there however the loop is left, and training goes on from the last step all the same', async () => {
    const whole = build()
    const unbroken = new Solver(whole, noisy, restless)
    await unbroken.run()
    let betterThanLast = 0
    for (const by of ['break', 'signal', 'error'] as const) {
      using model = build()
      using solver = new Solver(model, noisy, restless)
      let best = {}
      while (solver.iteration < solver.iterations) {
        const stop = new AbortController()
        try {
          for await (const event of solver.train({ signal: stop.signal })) {
            if (event.type !== 'epoch') continue
            if (event.best) best = await valuesOf(model)
            else betterThanLast++
            if (by === 'break') break
            if (by === 'error') throw new RangeError('of the caller')
            stop.abort()
          }
        } catch (error) {
          expect(error).toEqual(new RangeError('of the caller'))
        }
        expect(await valuesOf(model)).toEqual(best)
      }
      expect(await solver.run()).toEqual(unbroken.history)
      expect(await valuesOf(model)).toEqual(await valuesOf(whole))
      expect(await solver.state()).toEqual(await unbroken.state())
    }
    expect(betterThanLast).toBeGreaterThan(0)
  })

  it('is that of the lowest loss where that is monitored', async () => {
    using model = build()
    const optimizer = { name: 'sgd', learningRate: ({ step }: RunProgress) => (step < 20 ? 0.001 : 30) } as const
    using solver = new Solver(model, noisy, { ...restless, optimizer, monitor: 'validationLoss' })
    let best = {}
    for await (const event of solver.train()) if (event.type === 'epoch' && event.best) best = await valuesOf(model)
    const losses = solver.history.epochs.map(({ validationLoss }) => validationLoss ?? Number.POSITIVE_INFINITY)
    expect(losses.at(-1)).toBeGreaterThan(Math.min(...losses))
    expect(await valuesOf(model)).toEqual(best)
  })

  it('gives way to the last one without keepBest', async () => {
    using model = build()
    using solver = new Solver(model, noisy, { ...restless, keepBest: false })
    let last = {}
    for await (const event of solver.train()) if (event.type === 'epoch') last = await valuesOf(model)
    expect(await valuesOf(model)).toEqual(last)
    expect(await accuracy(model, noisy.validation)).toBe(solver.history.epochs.at(-1)?.validationAccuracy)
  })
})
