import { ConfigError, DataError } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import {
  accuracy,
  layers,
  type Metrics,
  type Schedule,
  Solver,
  type SolverOptions,
  type StepRecord,
} from '../../src/index.js'
import { build, small as data, distance, eventsOf, train, twoColours, valuesOf } from './fixture.js'

const linear = [layers.affine({ units: 2 })]
const argmax = (scores: Float32Array | Float64Array) => scores.indexOf(Math.max(...scores))

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
    expect(solver.history.losses).toEqual(losses.map(({ iteration, loss }) => ({ iteration, loss })))
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

  it('tell the learning rate of each step, and the norm of its gradients where it is asked for or read anyway', async () => {
    const learningRate: Schedule = ({ step }) => 0.1 / (step + 1)
    const run = async (options: SolverOptions) => {
      using model = build(linear, { dtype: 'float64' })
      using solver = new Solver(model, data, {
        epochs: 1,
        batchSize: 4,
        optimizer: { name: 'sgd', learningRate },
        ...options,
      })
      const steps: StepRecord[] = []
      for await (const event of solver.train()) if (event.type === 'loss') steps.push(...event.losses)
      return { steps, history: solver.history }
    }
    const plain = await run({ lossEvery: 3 })
    expect(plain.steps.map((step) => step.learningRate)).toEqual([0.1, 0.1 / 2, 0.1 / 3, 0.1 / 4, 0.1 / 5])
    expect(plain.steps.some((step) => 'gradientNorm' in step)).toBe(false)
    const told = await run({ lossEvery: 3, gradientNorm: true })
    expect(told.history).toEqual(plain.history)
    // The first step alone is 0.1 times as long as the gradient.
    using model = build(linear, { dtype: 'float64' })
    const before = await valuesOf(model)
    using solver = new Solver(model, data, { batchSize: 4, optimizer: { name: 'sgd', learningRate } })
    for await (const _ of solver.train()) break
    expect(told.steps[0]?.gradientNorm).toBeCloseTo(distance(before, await valuesOf(model)) / 0.1, 12)
    const clipped = await run({ clipNorm: 1e-3 })
    expect(clipped.steps[0]?.gradientNorm).toBe(told.steps[0]?.gradientNorm)
  })

  it('report the validation loss that the model has, without the penalty, and the means of own metrics', async () => {
    using model = build(linear, { dtype: 'float64', reg: 0.5 })
    const metrics: Metrics = {
      right: (scores, label) => (argmax(scores) === label ? 1 : 0),
      broken: () => Number.NaN,
    }
    using solver = new Solver(model, data, { epochs: 2, batchSize: 4, metrics })
    for await (const event of solver.train()) {
      if (event.type !== 'epoch') continue
      expect(event.metrics).toEqual({ right: event.validationAccuracy, broken: null })
      const w = (await valuesOf(model))['affine1.w'] ?? []
      using scope = model.scope.child()
      const { images, labels } = data.validation
      const X = scope.from(Float64Array.from(images), [9, 2, 4, 4])
      const [loss = 0] = await model
        .loss(scope, X, scope.labels(labels, 2), { mode: { train: false, random: () => 0 }, grads: null })
        .loss.read()
      const penalty = 0.25 * w.reduce((sum, value) => sum + value * value, 0)
      expect(event.validationLoss).toBeCloseTo(loss - penalty, 12)
    }
    expect(solver.history.epochs).toHaveLength(3)
  })

  it('measure them on rows drawn anew', async () => {
    const noisy = { train: twoColours(60, { noise: 8 }), validation: twoColours(60, { noise: 8, seed: 2 }) }
    using model = build(linear)
    const standing = { name: 'sgd', learningRate: 1e-30 } as const
    using solver = new Solver(model, noisy, {
      batchSize: 60,
      trainSamples: 7,
      validationSamples: 7,
      optimizer: standing,
    })
    const { epochs } = await solver.run()
    expect(new Set(epochs.map(({ trainAccuracy }) => trainAccuracy)).size).toBeGreaterThan(1)
    expect(new Set(epochs.map(({ validationAccuracy }) => validationAccuracy)).size).toBeGreaterThan(1)
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
    using solver = new Solver(model, data, { epochs: 3000, batchSize: 4 })
    const events = await eventsOf(solver, { signal: AbortSignal.timeout(100) })
    expect(events.at(-1)).toMatchObject({ type: 'done', aborted: true })
  })

  it('inside a check repeats the check later, on the same rows', async () => {
    const noisy = { train: twoColours(60, { noise: 8 }), validation: twoColours(60, { noise: 8, seed: 2 }) }
    const options = { epochs: 3, batchSize: 20, trainSamples: 7, validationSamples: 7 }
    const run = async (stopAtLosses: boolean) => {
      using model = build()
      using solver = new Solver(model, noisy, options)
      while (stopAtLosses && solver.iteration < solver.iterations) {
        const stop = new AbortController()
        for await (const event of solver.train({ signal: stop.signal })) {
          expect(event.type === 'epoch' && stop.signal.aborted).toBe(false)
          if (event.type === 'loss') stop.abort()
        }
      }
      return await solver.run()
    }
    expect(await run(true)).toEqual(await run(false))
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
    for (const options of [
      { epochs: 0 },
      { batchSize: 1.5 },
      { lrDecay: 0 },
      { clipNorm: -1 },
      { seed: 0.5 },
      { patience: 0 },
      { monitor: 'loss' as never },
      { metrics: { a: 1 } as never },
    ])
      expect(make(options)).toThrow(ConfigError)
    expect(make({ batchSize: 2, accumulate: 3 })).toThrow(
      new ConfigError('solver: a batch of 2 cannot be split into 3 micro-batches'),
    )
    expect(make({ optimizer: { name: 'sgd', learningRate: Number.NaN } })).toThrow(ConfigError)
    const wide = { ...data.train, shape: [11, 2, 8, 4] as const }
    expect(make({}, { ...data, train: wide })).toThrow(
      new DataError('solver: the training set has images of shape [2,8,4]; sequential wants [2,4,4]'),
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
