import { ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { accuracy, encodeCheckpoint, layers, readModel, Solver, type SolverOptions } from '../../src/index.js'
import { exceptBatches } from '../support/warnings.js'
import { build, small as data, eventsOf, everySort, twoColours, valuesOf } from './fixture.js'

const stack = [layers.conv2d({ filters: 2, kernel: 1, frozen: true }), ...everySort]
const options = { epochs: 3, batchSize: 7, keepBest: false, onWarning: exceptBatches } as const
const noisy = { train: twoColours(22, { noise: 3 }), validation: twoColours(20, { seed: 2, noise: 3 }) }
const restless = { ...options, epochs: 6, optimizer: { name: 'sgdMomentum', learningRate: 0.2 } } as const

/** Values after each step, and those that the run leaves. */
async function trajectory(given: SolverOptions) {
  using model = build(stack, { dtype: 'float64' })
  using solver = new Solver(model, data, { ...options, ...given })
  const steps: Awaited<ReturnType<typeof valuesOf>>[] = []
  for await (const event of solver.train()) if (event.type === 'loss') steps.push(await valuesOf(model))
  return { steps, losses: solver.history.losses, left: await valuesOf(model) }
}

describe('averaged weights', () => {
  it.each([{ decay: 0.5 }, { decay: 0.75, every: 2 }, { decay: 0 }, { decay: 0.9 }])(
    'are the mean of the first steps, then exponential, and change no step: %o',
    async (averageWeights) => {
      const { decay, every = 1 } = { every: 1, ...averageWeights }
      const plain = await trajectory({})
      const { steps, losses, left } = await trajectory({ averageWeights })
      expect(losses).toEqual(plain.losses)
      expect(steps).toEqual(plain.steps)
      const sampled = steps.filter((_, step) => step % every === 0)
      for (const [name, values] of Object.entries(left))
        for (const [i, value] of values.entries()) {
          const [first = Number.NaN, ...others] = sampled.map((step) => step[name]?.[i] ?? Number.NaN)
          const mean = others.reduce((old, now, k) => old + Math.max(1 - decay, 1 / (k + 2)) * (now - old), first)
          // Where nothing of the mean is kept, it is not computed.
          expect(value).toBe(decay === 0 ? others.at(-1) : mean)
        }
      expect(left['conv2d1.w']).toEqual(steps[0]?.['conv2d1.w'])
    },
  )

  it('are what a check measures', async () => {
    using model = build()
    using solver = new Solver(model, noisy, { ...restless, averageWeights: { decay: 0.9 } })
    const agree: boolean[] = []
    for await (const event of solver.train())
      if (event.type === 'epoch') agree.push((await accuracy(model, noisy.validation)) === event.validationAccuracy)
    // Between two steps the model has the weights of the last one.
    expect(agree).toContain(false)
    expect(await accuracy(model, noisy.validation)).toBe(solver.history.epochs.at(-1)?.validationAccuracy)
  })

  it.each([true, false])('are left in the model and stand in a checkpoint, with keepBest %s', async (keepBest) => {
    using model = build()
    using solver = new Solver(model, noisy, { ...restless, keepBest, averageWeights: { decay: 0.8 } })
    const done = (await eventsOf(solver)).at(-1)
    const best = done?.type === 'done' ? done.best : null
    const record = keepBest ? best : solver.history.epochs.at(-1)
    expect(await accuracy(model, noisy.validation)).toBe(record?.validationAccuracy)
    const bytes = await encodeCheckpoint(await solver.state())
    const { model: opened } = await readModel(bytes, createNaive(), { create: () => build(undefined, { seed: 9 }) })
    using read = opened
    expect(await accuracy(read, noisy.validation)).toBe(record?.validationAccuracy)
    const tensors = await Promise.all([...read.params, ...read.buffers].map(({ tensor }) => tensor.read()))
    expect(tensors.map((values) => [...values])).toEqual(Object.values(await valuesOf(model)))
  })

  it('stand aside where a run goes on after its loop was left', async () => {
    const run = async (leaveAt: readonly number[]) => {
      using model = build()
      using solver = new Solver(model, data, { ...options, averageWeights: { decay: 0.6, every: 2 } })
      for (const iteration of leaveAt) for await (const event of solver.train()) if (event.iteration >= iteration) break
      return { history: await solver.run(), values: await valuesOf(model), state: await solver.state() }
    }
    expect(await run([1, 2, 5])).toEqual(await run([]))
  })

  it('leave a model alone that took no step', async () => {
    using model = build()
    const before = await valuesOf(model)
    using solver = new Solver(model, data, { ...options, averageWeights: { decay: 0.6 } })
    await solver.run({ signal: AbortSignal.abort() })
    expect(await valuesOf(model)).toEqual(before)
  })

  it('refuse a decay that forgets nothing, steps that are none, and unknown names', () => {
    using model = build()
    const make = (averageWeights: object) => () =>
      new Solver(model, data, { averageWeights: averageWeights as { readonly decay: number } })
    expect(make({ decay: 1 })).toThrow(
      new ConfigError('solver: decay of averageWeights must be at least 0 and below 1, got 1'),
    )
    expect(make({})).toThrow('got undefined')
    expect(make({ decay: 0.5, every: 0 })).toThrow(ConfigError)
    expect(make({ decay: 0.5, evry: 2 })).toThrow('did you mean every')
  })
})
