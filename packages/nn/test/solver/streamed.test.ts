import { DataError } from '@convkit/api'
import { type Dataset, type DatasetInput, type ImageRows, Random } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accuracy, Solver, type SolverData } from '../../src/index.js'
import { exceptBatches } from '../support/warnings.js'
import { build, eventsOf, small, twoColours, valuesOf } from './fixture.js'

function streamed(set: Dataset, change: (row: Float32Array) => void = () => undefined): Dataset<ImageRows> {
  const images = {
    readRow(index: number, into: Float32Array) {
      into.set(set.images.subarray(index * 32, (index + 1) * 32))
      change(into)
    },
  }
  return { ...set, images }
}

async function train(data: Record<keyof SolverData, DatasetInput>, options: object) {
  using model = build()
  using solver = new Solver(model, data, { epochs: 2, onWarning: exceptBatches, ...options })
  const events = await eventsOf(solver)
  const { fingerprint, losses } = await solver.state()
  return {
    epochs: events.filter(({ type }) => type === 'epoch'),
    fingerprint,
    losses,
    values: await valuesOf(model),
    accuracy: await accuracy(model, data.validation, { batchSize: 4 }),
  }
}

describe('a streamed set', () => {
  it('trains to the bits of the same set in memory, as the same run', async () => {
    const runs = fc.record({
      n: fc.integer({ min: 2, max: 12 }),
      held: fc.integer({ min: 2, max: 5 }),
      seed: fc.nat({ max: 1000 }),
      batchSize: fc.integer({ min: 2, max: 7 }),
      accumulate: fc.constantFrom(1, 2),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ n, held, ...options }) => {
        const [own, validation] = [twoColours(n, { seed: n }), twoColours(held, { seed: 50, noise: 2 })]
        const memory = await train({ train: own, validation }, options)
        expect(await train({ train: streamed(own), validation: streamed(validation) }, options)).toEqual(memory)
        expect(await train({ train: streamed(own), validation }, options)).toEqual(memory)
      }),
      { seed: 12, numRuns: 12 },
    )
  })

  it('may be gone on with in memory', async () => {
    using first = build()
    using solver = new Solver(first, { ...small, train: streamed(small.train) }, { epochs: 1, batchSize: 5 })
    await solver.run()
    using second = build()
    using other = new Solver(second, small, { epochs: 1, batchSize: 5 })
    other.restore(await solver.state())
    expect(await valuesOf(second)).toEqual(await valuesOf(first))
  })

  it('is refused when the solver is made for a number that is not finite, or labels and shapes that do not fit', () => {
    using model = build()
    const live = model.scope.live
    const random = new Random(4)
    const bad = streamed(small.train, (row) => {
      if (random.integer(5) === 0) row[7] = Number.NaN
    })
    for (const [train, message] of [
      [bad, /value 7 of row \d+ is NaN; expected finite numbers/],
      [{ ...streamed(small.train), labels: small.train.labels.slice(1) }, /rows and/],
      [{ ...streamed(small.train), shape: [22, 4, 4, 2] }, /channels come before height/],
    ] as const) {
      expect(() => new Solver(model, { ...small, train })).toThrow(DataError)
      expect(() => new Solver(model, { ...small, train })).toThrow(message)
    }
    expect(model.scope.live).toBe(live)
  })

  it('is refused where its rows are written late, or in part', () => {
    using model = build()
    const late = { async readRow() {} }
    expect(() => new Solver(model, { ...small, train: { ...small.train, images: late } })).toThrow(
      new DataError('images: readRow returned a promise; expected the values to be written when it returns'),
    )
    const short = { readRow: (_: number, into: Float32Array) => into.fill(1, 0, 31) }
    expect(() => new Solver(model, { ...small, train: { ...small.train, images: short } })).toThrow(
      new DataError('images: value 31 of row 0 is NaN; expected finite numbers'),
    )
  })
})
