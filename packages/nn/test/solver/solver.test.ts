import { ConfigError, DataError, ShapeError } from '@convkit/api'
import { compose, padCrop, randomFlip } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accuracy, layers, Solver, type SolverOptions } from '../../src/index.js'
import { build, distance, eventsOf, everySort, twoColours, valuesOf } from './fixture.js'

const data = { train: twoColours(22), validation: twoColours(9, { seed: 2 }) }
const linear = [layers.affine({ units: 2 })]

async function train(options: SolverOptions, model = build()) {
  using solver = new Solver(model, data, options)
  const history = await solver.run()
  return { history, values: await valuesOf(model) }
}

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
    const options = { epochs: 2, batchSize: 4, augment: compose(randomFlip, padCrop(1)) }
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
})

describe('events', () => {
  it('come in the order of the work: losses, a check after the first step and every epoch, the end', async () => {
    using model = build()
    using solver = new Solver(model, data, { epochs: 2, batchSize: 9, lossEvery: 2 })
    const events = await eventsOf(solver, { checkpointEvery: 3 })
    const brief = events.map((event) => {
      if (event.type === 'loss') return `loss ${event.losses.map(({ iteration }) => iteration).join(' ')}`
      return `${event.type} ${event.iteration}/${event.iterations} ${event.epoch}/${event.epochs}`
    })
    expect(brief).toEqual([
      'loss 1',
      'epoch 1/4 0/2',
      'loss 2',
      'epoch 2/4 1/2',
      'loss 3',
      'checkpoint 3/4 1/2',
      'loss 4',
      'epoch 4/4 2/2',
      'done 4/4 2/2',
    ])
    const done = events.at(-1)
    expect(done).toMatchObject({ type: 'done', aborted: false, history: solver.history })
    const losses = events.flatMap((event) => (event.type === 'loss' ? event.losses : []))
    expect(solver.history.losses).toEqual(losses)
  })

  it('reads the losses of several steps together', async () => {
    using model = build(linear)
    using solver = new Solver(model, data, { epochs: 1, batchSize: 2, lossEvery: 4 })
    const sizes = (await eventsOf(solver)).flatMap((event) => (event.type === 'loss' ? event.losses.length : []))
    expect(sizes).toEqual([1, 4, 4, 2])
  })

  it('report the accuracies that the model has', async () => {
    using model = build()
    using solver = new Solver(model, data, { epochs: 3, batchSize: 7, trainSamples: null })
    let checks = 0
    for await (const event of solver.train()) {
      if (event.type !== 'epoch') continue
      checks++
      expect(event.trainAccuracy).toBe(await accuracy(model, data.train))
      expect(event.validationAccuracy).toBe(await accuracy(model, data.validation, { batchSize: 2 }))
    }
    expect(checks).toBe(4)
  })

  it('reach the callback of run, which training waits for', async () => {
    using model = build(linear)
    using solver = new Solver(model, data, { epochs: 1, batchSize: 11 })
    const seen: string[] = []
    const history = await solver.run({
      async onEvent(event) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        seen.push(`${event.type} ${solver.iteration}`)
      },
    })
    expect(seen).toEqual(['loss 1', 'epoch 1', 'loss 2', 'epoch 2', 'done 2'])
    expect(history).toEqual(solver.history)
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

  it('are no longer than clipNorm allows, and the same bits where it allows them', async () => {
    using model = build(linear, { dtype: 'float64' })
    const options = { epochs: 2, batchSize: 4, keepBest: false, optimizer: { name: 'sgd', learningRate: 0.5 } } as const
    using solver = new Solver(model, data, { ...options, clipNorm: 0.01 })
    let before = await valuesOf(model)
    for await (const event of solver.train()) {
      if (event.type !== 'loss') continue
      const after = await valuesOf(model)
      const step = distance(before, after)
      expect(step).toBeLessThan(0.5 * 0.01 * (1 + 1e-12))
      before = after
    }
    expect(await train({ ...options, clipNorm: 1e6 })).toEqual(await train(options))
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

describe('the best model', () => {
  // So long steps that the accuracy jumps about and the last is seldom the best.
  const restless = { epochs: 6, batchSize: 4, optimizer: { name: 'sgd', learningRate: 30 } } as const
  const noisy = { train: twoColours(30, { noise: 8 }), validation: twoColours(40, { noise: 8, seed: 2 }) }

  it('is put back at the end, buffers included', async () => {
    using model = build()
    using solver = new Solver(model, noisy, restless)
    let best = {}
    for await (const event of solver.train()) if (event.type === 'epoch' && event.best) best = await valuesOf(model)
    const accuracies = solver.history.epochs.map(({ validationAccuracy }) => validationAccuracy)
    expect(Math.max(...accuracies)).toBeGreaterThan(accuracies.at(-1) ?? 1)
    expect(await accuracy(model, noisy.validation)).toBe(Math.max(...accuracies))
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

describe('stopping', () => {
  it('by the signal ends between two steps with all losses read, and training can go on', async () => {
    const options = { epochs: 2, batchSize: 4, lossEvery: 3 }
    const whole = await train(options)
    using model = build()
    using solver = new Solver(model, data, options)
    const stop = new AbortController()
    const events: string[] = []
    for await (const event of solver.train({ signal: stop.signal })) {
      events.push(event.type)
      if (event.type === 'epoch' && event.iteration === 1) stop.abort()
      if (event.type === 'done') expect(event).toMatchObject({ aborted: true, iteration: 1 })
    }
    expect(events).toEqual(['loss', 'epoch', 'done'])
    expect(await solver.run()).toEqual(whole.history)
    expect(await valuesOf(model)).toEqual(whole.values)
  })

  it('works from a timer, though the backend computes everything before it returns', async () => {
    using model = build()
    using solver = new Solver(model, data, { epochs: 1e6, batchSize: 4 })
    const events = await eventsOf(solver, { signal: AbortSignal.timeout(100) })
    expect(events.at(-1)).toMatchObject({ type: 'done', aborted: true })
  })

  it('inside a check repeats the check later', async () => {
    const options = { epochs: 1, batchSize: 11, trainSamples: 5 }
    const whole = await train(options)
    using model = build()
    using solver = new Solver(model, data, options)
    const stop = new AbortController()
    for await (const event of solver.train({ signal: stop.signal })) if (event.type === 'loss') stop.abort()
    expect(solver.history.epochs).toEqual([])
    expect(await solver.run()).toEqual(whole.history)
  })

  it('a finished run changes nothing more', async () => {
    using model = build()
    using solver = new Solver(model, data, { epochs: 1, batchSize: 4 })
    const history = await solver.run()
    const values = await valuesOf(model)
    expect((await eventsOf(solver)).map(({ type }) => type)).toEqual(['done'])
    expect(solver.history).toEqual(history)
    expect(await valuesOf(model)).toEqual(values)
  })
})

describe('memory', () => {
  it('is the same after training as before, and after disposal as without a solver', async () => {
    using model = build()
    const alone = model.scope.live
    {
      using solver = new Solver(model, data, { epochs: 1, batchSize: 4, accumulate: 2, optimizer: 'adam', clipNorm: 1 })
      const built = model.scope.live
      for await (const event of solver.train()) {
        expect(model.scope.live).toBe(built)
        if (event.iteration === 3) break
      }
      expect(model.scope.live).toBe(built)
      await solver.run()
      expect(model.scope.live).toBe(built)
    }
    expect(model.scope.live).toBe(alone)
  })
})

describe('mistakes', () => {
  it('are refused when the solver is made, and leave nothing allocated', () => {
    using model = build(linear)
    const live = model.scope.live
    const make =
      (options: SolverOptions, sets = data) =>
      () =>
        new Solver(model, sets, options)
    for (const options of [{ epochs: 0 }, { batchSize: 1.5 }, { lrDecay: 0 }, { clipNorm: -1 }, { seed: 0.5 }])
      expect(make(options)).toThrow(ConfigError)
    expect(make({ batchSize: 2, accumulate: 3 })).toThrow(
      new ConfigError('solver: a batch of 2 cannot be split into 3 micro-batches'),
    )
    expect(make({ optimizer: { name: 'sgd', learningRate: Number.NaN } })).toThrow(ConfigError)
    const wide = { ...data.train, shape: [11, 2, 8, 4] as const }
    expect(make({}, { ...data, train: wide })).toThrow(
      new ShapeError('solver: sequential wants images [2,4,4], the train set has [2,8,4]'),
    )
    const empty = { ...data.train, shape: [0, 2, 4, 4] as const }
    expect(make({}, { ...data, validation: empty })).toThrow(DataError)
    expect(model.scope.live).toBe(live)
  })

  it('such as asking for the state while a step runs are refused', async () => {
    using model = build(linear)
    using solver = new Solver(model, data, { epochs: 1, batchSize: 4, clipNorm: 1 })
    const running = solver.run()
    await expect(solver.state()).rejects.toThrow(ConfigError)
    await expect(solver.run()).rejects.toThrow(ConfigError)
    await running
    await expect(solver.state()).resolves.toMatchObject({ training: { iteration: 5 } })
  })
})
