import { ConfigError, withSyncBatchNorm } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import type { DatasetInput } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type LayerSpec, layers, type Model, Sequential, Solver, type SolverOptions } from '../../src/index.js'
import { build, everySort, small, twoColours, valuesOf } from './fixture.js'

/** 24 rows in batches of 8, of both classes, and a network that starts near ln 2. */
const healthy = { train: twoColours(24), validation: twoColours(8, { seed: 2 }) }

async function warningsOf(
  options: SolverOptions = {},
  data: { readonly train?: DatasetInput; readonly validation?: DatasetInput } = {},
  model: Model = build(),
): Promise<string[]> {
  const warnings: string[] = []
  using _ = model
  using solver = new Solver(
    model,
    { ...healthy, ...data },
    { epochs: 2, batchSize: 8, onWarning: (warning) => warnings.push(warning), ...options },
  )
  await solver.run()
  return warnings
}

const scaled = (set: typeof healthy.train, by: number) => ({ ...set, images: set.images.map((value) => value * by) })

describe('a healthy run', () => {
  it('is told nothing', async () => {
    expect(await warningsOf()).toEqual([])
    expect(await warningsOf({ batchSize: 24, accumulate: 5 })).toEqual([])
    expect(await warningsOf({ batchSize: 7 })).toEqual([])
  })

  it('is told nothing at any seed, batch of 2 upwards and depth', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ seed: fc.nat(), batchSize: fc.constantFrom(2, 3, 4, 8), depth: fc.nat(3) }),
        async ({ seed, batchSize, depth }) => {
          const hidden = Array.from({ length: depth }, () => layers.affineRelu({ units: 8 }))
          const stack = [...hidden, layers.affine({ units: 2 })]
          expect(await warningsOf({ epochs: 1, batchSize, seed }, {}, build(stack, { seed }))).toEqual([])
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('what a run does not show is told once', () => {
  const affine = [layers.affine({ units: 2 })]
  const bright = { train: twoColours(24, { noise: 128 }) }

  it('a first loss far above ln C', async () => {
    const [warning, ...others] = await warningsOf({}, bright, build(affine))
    expect(others).toEqual([])
    expect(warning).toMatch(
      /^the first loss is \d+\.\d+, far above ln 2 = 0\.6931, .*: begin with the layer standardise, add batch norm/,
    )
    expect(await warningsOf({}, bright)).toEqual([])
    expect(await warningsOf({ lossEvery: 3 }, bright, build(affine))).toEqual([warning])
  })

  it('a first loss far above C - 1, of the SVM loss', async () => {
    const warnings = await warningsOf({}, bright, build(affine, { loss: 'svmLoss' }))
    expect(warnings).toEqual([expect.stringMatching(/^the first loss is \d+.*, far above 2 - 1 = 1, /)])
    expect(await warningsOf({}, {}, build(affine, { loss: 'svmLoss' }))).toEqual([])
  })

  it('a first loss that is the penalty', async () => {
    expect(await warningsOf({ epochs: 1 }, {}, build(affine, { reg: 1000 }))).toEqual([
      expect.stringMatching(
        /^the first loss is \d+.*, far above ln 2 = .*: \d+\.?\d* of it are the penalty of reg = 1000;/,
      ),
    ])
  })

  it('a norm over one value, wherever the layer is', async () => {
    const one: readonly [string, LayerSpec][] = [
      ['batchNorm1', layers.batchNorm()],
      ['convBnRelu1', layers.convBnRelu({ filters: 2, kernel: 1 })],
      ['convBnReluPool1', layers.convBnReluPool({ filters: 2, kernel: 1, pool: { kernel: 1 } })],
    ]
    for (const [name, layer] of one) {
      const stack = [layers.avgPool2d({ kernel: 4 }), layer, layers.affine({ units: 2 })]
      const told = await warningsOf({ batchSize: 1 }, {}, build(stack))
      expect(told).toEqual([
        expect.stringMatching(new RegExp(`^${name} normalises one value a channel: .*batches of 2`)),
      ])
      expect(await warningsOf({ batchSize: 2 }, {}, build(stack))).toEqual([])
      expect(await warningsOf({ batchSize: 2, accumulate: 2 }, {}, build(stack))).toEqual(told)
    }
    const pooled = layers.avgPool2d({ kernel: 4 })
    expect(await warningsOf({}, {}, build([pooled, layers.groupNorm({ groups: 2 }), ...affine]))).toEqual([
      expect.stringMatching(/^groupNorm1 normalises one value a group/),
    ])
    const narrow = [layers.affine({ units: 1 }), layers.layerNorm(), ...affine]
    expect(await warningsOf({}, {}, build(narrow))).toEqual([
      expect.stringMatching(/^layerNorm1 normalises one value a row/),
    ])
  })

  it('but not where batch norm is that of all processes', async () => {
    const stack = [layers.avgPool2d({ kernel: 4 }), layers.batchNorm(), ...affine]
    const model = new Sequential(
      withSyncBatchNorm(createNaive(), async () => undefined),
      { input: [2, 4, 4], layers: stack },
    )
    expect(await warningsOf({ batchSize: 1, epochs: 1 }, {}, model)).toEqual([])
  })

  it('rows that an epoch leaves out, from a quarter of them on', async () => {
    expect(await warningsOf({ batchSize: 13 })).toEqual([
      'each epoch leaves out 11 of the 24 training rows, which fill no batch of 13; batches of 12 leave out 0',
    ])
    expect(await warningsOf({ batchSize: 18 })).toHaveLength(1)
    expect(await warningsOf({ batchSize: 19 })).toEqual([])
  })

  it('a batch above the set', async () => {
    expect(await warningsOf({ batchSize: 25 })).toEqual([
      "a batch of 25 is more than the training set's 24 rows: each step takes all 24",
    ])
  })

  it('one class alone, and classes that a set lacks', async () => {
    const second = new Int32Array(24).fill(1)
    expect(await warningsOf({}, { train: { ...healthy.train, labels: second } })).toEqual([
      "the training set's 24 rows are all of class second: there is nothing to tell apart",
    ])
    const validation = { ...healthy.validation, labels: new Int32Array(8) }
    expect(await warningsOf({}, { validation })).toEqual(['the validation set has no row of 1 of 2 classes: second'])
    const wide = build([layers.affine({ units: 14 })])
    expect(await warningsOf({}, {}, wide)).toEqual([
      'the training set has no row of 12 of 14 classes: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more',
      'the validation set has no row of 12 of 14 classes: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more',
    ])
  })

  it('blank images, where they are half of the set', async () => {
    const blank = (rows: number) => ({ ...healthy.train, images: healthy.train.images.slice().fill(3, 0, rows * 32) })
    expect(await warningsOf({}, { train: blank(12) })).toEqual([
      "12 of the training set's 24 images are blank: every pixel has the same value",
    ])
    expect(await warningsOf({}, { train: blank(11) })).toEqual([])
    const readRow = (_: number, into: Float32Array) => void into.fill(3)
    expect(await warningsOf({}, { train: { ...healthy.train, images: { readRow } } })).toEqual([])
  })
})

describe('telling', () => {
  it('changes no step', async () => {
    const run = async (options: SolverOptions, data: typeof small) => {
      using model = build(everySort)
      using solver = new Solver(model, data, { epochs: 2, optimizer: 'adam', ...options })
      const history = await solver.run()
      return { history, values: await valuesOf(model) }
    }
    const quiet = vi.spyOn(console, 'warn').mockReturnValue()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.constantFrom(0.1, 1, 100), async (batchSize, by) => {
        const data = { ...small, train: scaled(small.train, by) }
        expect(await run({ batchSize, onWarning() {} }, data)).toEqual(await run({ batchSize }, data))
      }),
      { numRuns: 15 },
    )
    quiet.mockRestore()
  })

  it('is the console’s where nobody else takes it, and the first rank’s', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    await warningsOf({ batchSize: 25 })
    expect(warn).not.toHaveBeenCalled()
    await warningsOf({ batchSize: 25, onWarning: undefined } as object)
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^convkit: warning: a batch of 25 is more/)]])
    warn.mockRestore()
  })

  it('happens once, however often training goes on', async () => {
    using model = build()
    const told: string[] = []
    using solver = new Solver(model, healthy, { batchSize: 13, epochs: 3, onWarning: (warning) => told.push(warning) })
    for await (const { type } of solver.train()) if (type === 'loss') break
    await solver.run()
    expect(told).toHaveLength(1)
  })

  it('wants a function', () => {
    using model = build()
    expect(() => new Solver(model, healthy, Object({ onWarning: true }))).toThrow(ConfigError)
  })
})
