import { compose, randomCrop, randomFlip } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint, layers, NanError, Solver, type SolverOptions } from '../../src/index.js'
import { build, small as data, everySort, twoColours, valuesOf } from './fixture.js'

const twoAffine = [layers.affine({ units: 3 }), layers.relu(), layers.affine({ units: 2 })]

/** The alarm that training ends in. */
async function alarm(solver: Solver): Promise<NanError> {
  const error: unknown = await solver.run().then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof NanError) return error
  throw error ?? new Error('training ended without an alarm')
}

/** A solver of 40 rows, one of which is spoilt after they were checked. */
function spoilt(model: ReturnType<typeof build>, options: SolverOptions, value: number): Solver {
  const train = twoColours(40)
  const solver = new Solver(model, { ...data, train }, options)
  train.images[7 * 32] = value
  return solver
}

describe('the NaN alarm', () => {
  it('names the layer whose output overflows first', async () => {
    for (const layer of ['conv2d1', 'affine1', 'affine2']) {
      using model = build([layers.conv2d({ filters: 2, kernel: 3 }), ...twoAffine], { dtype: 'float64' })
      const weights = model.params.find(({ name }) => name === `${layer}.w`)?.tensor
      weights?.write(new Float64Array(weights.size).fill(1.7e308))
      using solver = new Solver(model, data, { batchSize: 4, epochs: 1 })
      expect(await alarm(solver)).toMatchObject({ iteration: 1, source: `${layer} output` })
    }
  })

  it('says what was noticed, where it began and what may help', async () => {
    using model = build(twoAffine, { dtype: 'float64' })
    using solver = new Solver(model, data, {
      batchSize: 4,
      optimizer: { name: 'sgd', learningRate: 1e200 },
      lossEvery: 3,
    })
    const error = await alarm(solver)
    expect(error.message).toBe(
      'training: loss became NaN at iteration 2: affine2 output is the first non-finite value, Infinity (lower the learning rate, clip the gradients with clipNorm, or check the data)',
    )
    expect(error).toMatchObject({ iteration: 2, source: 'affine2 output' })
  })

  it('names a parameter that its own update ruined, and the data where it is to blame', async () => {
    using model = build(twoAffine, { dtype: 'float32' })
    using steep = new Solver(model, data, { batchSize: 4, optimizer: { name: 'sgd', learningRate: 1e300 } })
    const error = await alarm(steep)
    expect(error).toMatchObject({ iteration: 1, source: 'affine1.w after the update' })
    expect(error.message).toContain('at iteration 2: affine1.w after the update of iteration 1 is the first')
    const spoilt = twoColours(22)
    using solver = new Solver(model, { ...data, train: spoilt }, { batchSize: 11, epochs: 1 })
    spoilt.images[5] = Number.NaN
    expect((await alarm(solver)).source).toBe('the batch of images')
  })

  it('names a gradient norm that cannot be clipped', async () => {
    const huge = twoColours(22)
    huge.images.fill(3e38)
    using model = build([layers.affine({ units: 2 })])
    for (const { tensor } of model.params) tensor.write(new Float32Array(tensor.size))
    const told: string[] = []
    using solver = new Solver(
      model,
      { ...data, train: huge },
      { batchSize: 11, clipNorm: 1, onWarning: (warning) => told.push(warning) },
    )
    expect(await alarm(solver)).toMatchObject({ iteration: 1, source: 'the squared norm of the gradients' })
    expect(told).toEqual([expect.stringContaining('images are blank')])
  })

  it('finds by replay the very step, whatever the run draws and wherever its snapshots are', async () => {
    const options = fc.record({
      seed: fc.nat(1000),
      accumulate: fc.constantFrom(1, 2),
      lossEvery: fc.integer({ min: 1, max: 7 }),
      snapshotEvery: fc.integer({ min: 1, max: 5 }),
      clipNorm: fc.constantFrom(null, 1),
      augment: fc.constantFrom(null, randomFlip, compose(randomFlip, randomCrop({ pad: 0 }))),
      optimizer: fc.constantFrom('sgd', 'adam'),
    })
    await fc.assert(
      fc.asyncProperty(options, async (given: SolverOptions) => {
        using model = build()
        using probe = spoilt(model, { ...given, batchSize: 4, lossEvery: 1 }, Number.POSITIVE_INFINITY)
        const { iteration } = await alarm(probe)
        // All losses before that step were finite, so it is the step that draws the spoilt row.
        expect(iteration).toBeLessThanOrEqual(10)
        using fresh = build()
        using solver = spoilt(fresh, { ...given, batchSize: 4 }, Number.POSITIVE_INFINITY)
        expect(await alarm(solver)).toMatchObject({ iteration, source: 'the batch of images' })
      }),
      { seed: 1, numRuns: 30 },
    )
  })

  it('leaves the solver at the last good snapshot, to be saved, with nothing allocated', async () => {
    using model = build(everySort)
    using solver = spoilt(model, { batchSize: 4, snapshotEvery: 1, seed: 2 }, Number.NaN)
    const live = model.scope.live
    const { iteration } = await alarm(solver)
    expect(iteration).toBeGreaterThan(2)
    expect(solver.iteration).toBe(iteration - 1)
    expect(solver.history.losses).toHaveLength(iteration - 1)
    expect(model.scope.live).toBe(live)
    const state = await decodeCheckpoint(await encodeCheckpoint(await solver.state()))
    expect(state.training.iteration).toBe(iteration - 1)
    for (const values of Object.values(await valuesOf(model))) expect(values.every(Number.isFinite)).toBe(true)
  })

  it('goes off rather than save parameters that are not finite', async () => {
    using model = build(twoAffine, { dtype: 'float32' })
    using solver = new Solver(model, data, { batchSize: 4, optimizer: { name: 'sgd', learningRate: 1e300 }, epochs: 1 })
    let saved: unknown
    for await (const event of solver.train({ checkpointEvery: 1 })) {
      if (event.type !== 'checkpoint') continue
      saved = await solver.state().catch((error: unknown) => error)
      break
    }
    expect(saved).toBeInstanceOf(NanError)
    expect(saved).toMatchObject({ iteration: 1, source: 'affine1.w after the update' })
    expect(solver.iteration).toBe(0)
  })

  it('goes off before the first step for a model that is not finite to begin with', async () => {
    using model = build(twoAffine)
    const [first] = model.params
    first?.tensor.write(new Float32Array(first.tensor.size).fill(Number.NaN))
    using solver = new Solver(model, data, { batchSize: 11 })
    expect((await alarm(solver)).message).toBe('training: affine1.w became NaN before the first step')
  })
})
