import { type Augment, alternatingFlip, compose, randomCrop, randomFlip } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Metrics,
  type OptimizerConfig,
  optimizerNames,
  Solver,
  type SolverOptions,
  schedules,
} from '../../src/index.js'
import { build, twoColours, valuesOf } from '../solver/fixture.js'
import { exceptBatches } from '../support/warnings.js'

const data = { train: twoColours(22, { noise: 2 }), validation: twoColours(9, { seed: 2, noise: 2 }) }

const augments: readonly (Augment | null)[] = [
  null,
  alternatingFlip(),
  randomFlip,
  compose(randomFlip, randomCrop({ pad: 1 })),
]
const optimizers: readonly OptimizerConfig[] = [
  ...optimizerNames,
  { name: 'adam', learningRate: 0.05, beta1: 0.8 },
  { name: 'sgdMomentum', learningRate: schedules.oneCycle({ peak: 0.1 }), momentum: ({ step }) => 1 - 1 / (step + 2) },
  {
    name: 'adamw',
    learningRate: schedules.plateau({ initial: 0.1, patience: 1 }),
    weightDecay: ({ epoch }) => epoch / 10,
  },
  {
    name: 'nesterov',
    groups: [
      { match: '*.beta', learningRate: schedules.triangular({ peak: 0.2 }) },
      { match: '*.b', momentum: 0.5, weightDecay: 0.1 },
    ],
  },
]
const options: fc.Arbitrary<SolverOptions> = fc.record({
  epochs: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.constantFrom(4, 7, 100),
  optimizer: fc.constantFrom(...optimizers),
  lrDecay: fc.constantFrom(1, 0.7),
  seed: fc.nat(1000),
  augment: fc.constantFrom(...augments),
  accumulate: fc.integer({ min: 1, max: 3 }),
  clipNorm: fc.constantFrom(null, 0.1),
  lossEvery: fc.integer({ min: 1, max: 4 }),
  keepBest: fc.boolean(),
  averageWeights: fc.constantFrom(null, { decay: 0.5, every: 2 }),
  monitor: fc.constantFrom('validationAccuracy', 'validationLoss'),
  patience: fc.constantFrom(null, 1),
  metrics: fc.constantFrom<Metrics>({}, { first: (scores) => scores[0] ?? 0 }),
  trainSamples: fc.constantFrom(null, 5),
  validationSamples: fc.constantFrom(null, 4),
})

/** Trains a new model from `bytes`, or from the start; stops after `stopAfter` events. */
async function session(given: SolverOptions, bytes: Uint8Array | null, stopAfter = Number.POSITIVE_INFINITY) {
  // Other first weights each time: what matters must come from the checkpoint.
  using model = build(undefined, { seed: bytes ? 99 : 5 })
  using solver = new Solver(model, data, { ...given, onWarning: exceptBatches })
  if (bytes) solver.restore(await decodeCheckpoint(bytes))
  let count = 0
  for await (const _ of solver.train()) if (++count >= stopAfter) break
  const checkpoint = await encodeCheckpoint(await solver.state())
  return { history: solver.history, values: await valuesOf(model), checkpoint }
}

describe('a resumed run', () => {
  it('gives the same losses, checks, parameters and buffers, bit for bit, wherever it was stopped', async () => {
    const stops = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(options, stops, async (given, sessions) => {
        const unbroken = await session(given, null)
        let bytes: Uint8Array | null = null
        for (const stopAfter of sessions) bytes = (await session(given, bytes, stopAfter)).checkpoint
        expect(await session(given, bytes)).toEqual(unbroken)
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  it('may go on for more epochs than it was begun with', async () => {
    const given = { batchSize: 5, optimizer: 'adam', lrDecay: 0.5 } as const
    const short = await session({ ...given, epochs: 2 }, null)
    expect(await session({ ...given, epochs: 4 }, short.checkpoint)).toEqual(
      await session({ ...given, epochs: 4 }, null),
    )
  })

  it('may start over from an earlier state, even after its end', async () => {
    const given = { epochs: 2, batchSize: 5, optimizer: 'rmsprop' } as const
    using model = build()
    using solver = new Solver(model, data, given)
    for await (const event of solver.train()) if (event.iteration === 3) break
    const state = await solver.state()
    const history = await solver.run()
    const [values, end] = [await valuesOf(model), await solver.state()]
    solver.restore(state)
    expect(await solver.state()).toEqual(state)
    expect(await solver.run()).toEqual(history)
    expect([await valuesOf(model), await solver.state()]).toEqual([values, end])
  })

  it('is stopped by the signal at any event without a trace', async () => {
    const given = { epochs: 2, batchSize: 6, lossEvery: 3, optimizer: 'sgdMomentum' } as const
    const unbroken = await session(given, null)
    for (let stopAt = 1; stopAt <= 7; stopAt++) {
      using model = build()
      using solver = new Solver(model, data, given)
      const stop = new AbortController()
      let count = 0
      await solver.run({ signal: stop.signal, onEvent: () => (++count === stopAt ? stop.abort() : undefined) })
      expect(await session(given, await encodeCheckpoint(await solver.state()))).toEqual(unbroken)
    }
  })
})
