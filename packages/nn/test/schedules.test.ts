import { ConfigError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layers, type RunProgress, type Schedule, Solver, schedules } from '../src/index.js'
import { build, distance, small, train, valuesOf } from './solver/fixture.js'

const linear = [layers.affine({ units: 2 })]

const { cosine, oneCycle, plateau, stepDecay, triangular } = schedules

const at = (step: number, steps = 100, others: Partial<RunProgress> = {}): RunProgress => ({
  step,
  steps,
  epoch: 0,
  epochs: 10,
  checks: [],
  ...others,
})

const checksOf = (...accuracies: readonly number[]) =>
  accuracies.map((validationAccuracy, i) => ({
    epoch: i,
    iteration: i + 1,
    trainAccuracy: 0,
    validationAccuracy,
    validationLoss: 0,
    metrics: {},
  }))

it('tell their settings by name', () => {
  expect(stepDecay({ initial: 0.5, every: 3 }).name).toBe('stepDecay(initial=0.5,every=3,factor=0.1)')
})

const cycles = { cosine, oneCycle, triangular }
const unit = { min: 0.01, max: 1, noNaN: true }

describe.each(Object.entries(cycles))('%s', (_, create) => {
  const options = fc.record({
    peak: fc.double(unit),
    warmUp: fc.double({ min: 0, max: 1, noNaN: true }),
    start: fc.double({ min: 0, max: 0.01, noNaN: true }),
    final: fc.double({ min: 0, max: 0.01, noNaN: true }),
  })

  it('rises from start to peak over the warm-up, and falls to final, which a step after the last would have', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 200 }), (given, steps) => {
        const { peak, warmUp, start, final } = given
        const schedule = create(given)
        const values = Array.from({ length: steps + 1 }, (_, step) => schedule(at(step, steps)))
        const top = Math.ceil(warmUp * steps)
        for (const [step, value] of values.entries()) {
          expect(value).toBeGreaterThanOrEqual(Math.min(start, final) - 1e-15)
          expect(value).toBeLessThanOrEqual(peak + 1e-15)
          const before = values[step - 1]
          if (before === undefined) continue
          // Rounding of a few operations on numbers of at most 1.
          if (step < top) expect(value).toBeGreaterThanOrEqual(before - 1e-15)
          if (step > top) expect(value).toBeLessThanOrEqual(before + 1e-15)
        }
        if (warmUp > 0) expect(values[0]).toBeCloseTo(start, 15)
        expect(schedule(at(warmUp, 1))).toBeCloseTo(warmUp === 1 ? final : peak, 15)
        expect(values[steps]).toBeCloseTo(final, 15)
      }),
      { numRuns: 100 },
    )
  })

  it('stretches over the run: its values depend on step / steps alone', () => {
    fc.assert(
      fc.property(options, fc.nat(64), (given, step) => {
        expect(create(given)(at(step, 64))).toBe(create(given)(at(4 * step, 256)))
      }),
    )
  })

  it('starts at peak / 25, ends at 0, and refuses what is no share or no rate', () => {
    expect(create({ peak: 0.5, warmUp: 0.5 })(at(0))).toBeCloseTo(0.02, 15)
    expect(create({ peak: 0.5 })(at(100))).toBeCloseTo(0, 15)
    expect(() => create({ peak: 0.5, warmUp: 1.1 })).toThrow(ConfigError)
    expect(() => create({ peak: -1 })).toThrow(ConfigError)
    expect(() => create({ peak: 1, warmup: 0.1 } as never)).toThrow('did you mean warmUp')
  })
})

describe('the middle of', () => {
  it.each([
    ['cosine', cosine, [0.26, 1, 0.75, 0.25]],
    ['oneCycle', oneCycle, [0.26, 1, 0.75, 0.25]],
    ['triangular', triangular, [0.26, 1, 2 / 3, 1 / 3]],
  ] as const)('%s is where its formula has it', (_, create, [quarter, ...after]) => {
    const schedule = create({ peak: 1, warmUp: 0.4, start: 0.02, final: 0 })
    // Half of the warm-up up a straight line, or up half a wave of a cosine, is half of the way.
    expect(schedule(at(20))).toBeCloseTo(0.51, 15)
    expect([40, 60, 80].map((step) => schedule(at(step)))).toEqual(after.map((value) => expect.closeTo(value, 15)))
    if (create === oneCycle) expect(schedule(at(10))).toBeCloseTo(0.02 + (0.98 * (1 - Math.SQRT1_2)) / 2, 15)
    else expect(schedule(at(10))).toBeCloseTo(quarter + 0.005, 15)
  })
})

describe('stepDecay', () => {
  it('falls by the factor every so many epochs', () => {
    const schedule = stepDecay({ initial: 8, every: 2, factor: 0.5 })
    expect([0, 1, 2, 3, 4, 9].map((epoch) => schedule(at(0, 1, { epoch })))).toEqual([8, 8, 4, 4, 2, 0.5])
    expect(() => stepDecay({ initial: 1, every: 0 })).toThrow(ConfigError)
  })
})

describe('plateau', () => {
  const schedule = plateau({ initial: 1, factor: 0.5, patience: 2, minimum: 0.2 })
  const after = (...accuracies: readonly number[]) => schedule(at(0, 1, { checks: checksOf(...accuracies) }))

  it('falls when so many checks on end had no better accuracy, counts anew then, and stops at its minimum', () => {
    expect(after()).toBe(1)
    expect(after(0.5)).toBe(1)
    expect(after(0.5, 0.4)).toBe(1)
    expect(after(0.5, 0.4, 0.5)).toBe(0.5)
    expect(after(0.5, 0.4, 0.6, 0.6)).toBe(1)
    expect(after(0.5, 0.4, 0.5, 0.5)).toBe(0.5)
    expect(after(0.5, 0.4, 0.5, 0.5, 0.5)).toBe(0.25)
    expect(after(0.5, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5)).toBe(0.2)
  })

  it('lets the learning rate of a run fall', async () => {
    // Nothing gets better after the first check, for no step is long enough to change anything.
    const flat = plateau({ initial: 1e-30, factor: 0.5, patience: 2 })
    const seen: number[] = []
    const learningRate: Schedule = (progress) => seen[seen.push(flat(progress)) - 1] ?? 0
    using model = build(linear)
    await train({ epochs: 5, batchSize: 11, optimizer: { name: 'sgd', learningRate } }, model)
    // Checks after steps 1, 2, 4, 6, 8 and 10: the third fills the patience, and the fifth.
    expect(seen.map((rate) => rate / 1e-30)).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25])
  })
})

describe('a schedule', () => {
  it('sees steps from 0, the length of the run and its checks, and multiplies with lrDecay', async () => {
    const seen: string[] = []
    const learningRate: Schedule = ({ step, steps, epoch, epochs, checks }) => {
      seen.push(`${step}/${steps} ${epoch}/${epochs} ${checks.length}`)
      return 0.12 / (step + 1)
    }
    const options = { epochs: 2, batchSize: 11, keepBest: false, clipNorm: 1e-3, lrDecay: 0.5 } as const
    using model = build(linear, { dtype: 'float64' })
    using solver = new Solver(model, small, { ...options, optimizer: { name: 'sgd', learningRate } })
    let before = await valuesOf(model)
    const lengths: number[] = []
    for await (const event of solver.train()) {
      if (event.type !== 'loss') continue
      const after = await valuesOf(model)
      lengths.push(distance(before, after))
      before = after
    }
    expect(seen).toEqual(['0/4 0/2 0', '1/4 0/2 1', '2/4 1/2 2', '3/4 1/2 2'])
    // A gradient that is always clipped has the norm 1e-3, so a step has the length learningRate * 1e-3.
    expect(lengths).toEqual([0.12, 0.06, 0.02, 0.015].map((rate) => expect.closeTo(rate * 1e-3, 12)))
  })

  it('is repeated by the NaN alarm with the checks that its steps saw', async () => {
    // After the third check the rate becomes one that overflows: a repetition without that check would find nothing.
    const learningRate: Schedule = ({ checks }) => (checks.length < 3 ? 0.1 : 1e38)
    using model = build(linear, { reg: 1 })
    const options = { epochs: 4, batchSize: 11, optimizer: { name: 'sgd', learningRate } } as const
    using solver = new Solver(model, small, options)
    await expect(solver.run()).rejects.toThrow(/first non-finite value/)
    expect(solver.iteration).toBe(0)
    expect(solver.history.epochs).toEqual([])
  })
})
