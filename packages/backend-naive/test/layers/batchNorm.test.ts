import { type BatchNormInputs, batchNorm, Scope, type Shape, sizeOf } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'

const shapes: readonly Shape[] = [
  [6, 3],
  [2, 3, 3, 2],
  [1, 2, 4, 3],
]

function channelsOnly(scope: Scope, channels: number): Omit<BatchNormInputs, 'x'> {
  const filled = (value: number) => scope.from(new Float64Array(channels).fill(value), [channels])
  return { gamma: filled(1), beta: filled(0), runningMean: filled(0), runningVar: filled(1) }
}

async function normalized(x: Float64Array, shape: Shape, eps = 1e-5) {
  using scope = new Scope(createNaive())
  const inputs = { x: scope.from(x, shape), ...channelsOnly(scope, shape[1]) }
  const { y, saved } = batchNorm.forward(scope, inputs, { mode: 'train', eps })
  return {
    y: await y.read(),
    mean: await saved.mean.read(),
    variance: await saved.variance.read(),
    runningMean: await inputs.runningMean.read(),
    runningVar: await inputs.runningVar.read(),
  }
}

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length)
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i] - wanted[i]), `element ${i}`).toBeLessThan(tolerance)
}

describe('batchNorm', () => {
  test.each(shapes)(
    'statistics of x (%i, %i, ...) are the biased mean and variance of each channel',
    async (...shape) => {
      const x = draw(5)(sizeOf(shape))
      const { mean, variance } = await normalized(x, shape)
      const inner = sizeOf(shape.slice(2))
      for (let c = 0; c < shape[1]; c++) {
        const values = x.filter((_, i) => Math.floor(i / inner) % shape[1] === c)
        const mu = values.reduce((a, b) => a + b) / values.length
        const sigma2 = values.reduce((sum, v) => sum + (v - mu) ** 2, 0) / values.length
        expect(mean[c]).toBe(mu)
        expect(variance[c]).toBe(sigma2)
      }
    },
  )

  test('does not see a power-of-two scale of its input, nor a shift that the numbers can hold', async () => {
    const x = draw(7)(12).map((v) => Math.round(v * 2 ** 20) / 2 ** 20)
    const { y } = await normalized(x, [6, 2], 0)
    const scaled = await normalized(
      x.map((v) => 8 * v),
      [6, 2],
      0,
    )
    const shifted = await normalized(
      x.map((v) => v + 64),
      [6, 2],
      0,
    )
    expect(scaled.y).toEqual(y)
    // The mean of the shifted values errs by a few units of 2^-53 * 64, on deviations of order one.
    expectClose(shifted.y, y, 2 ** -53 * 64 * 16)
  })

  test('a mean of 1e6 does not destroy a variance of one', async () => {
    const count = 1000
    // Multiples of 2^-20, so that adding 1e6 is exact and both inputs have the same deviations.
    const deviates = draw(8)(count).map((v) => Math.round(v * Math.sqrt(3) * 2 ** 20) / 2 ** 20)
    const near = await normalized(deviates, [count, 1])
    const far = await normalized(
      deviates.map((v) => v + 1e6),
      [count, 1],
    )
    expect(near.variance[0]).toBeGreaterThan(0.9)
    // The mean errs by at most count * 2^-53 * 1e6, and the variance by the square of that and by rounding.
    const meanError = count * 2 ** -53 * 1e6
    expectClose(far.variance, near.variance, meanError ** 2 + count * 2 ** -53 * 2)
    expectClose(far.y, near.y, 4 * meanError)
  })

  test('a constant channel gives beta exactly', async () => {
    const { y, variance } = await normalized(new Float64Array(8).fill(0.5), [4, 2])
    expect(variance).toEqual(new Float64Array(2))
    expect(y).toEqual(new Float64Array(8))
  })

  test('running statistics follow running = momentum * running + (1 - momentum) * batch, in train mode only', async () => {
    using scope = new Scope(createNaive())
    const inputs = channelsOnly(scope, 2)
    const random = draw(9)
    let mean = new Float64Array(2)
    let variance = new Float64Array(2).fill(1)
    for (let step = 0; step < 3; step++) {
      const x = scope.from(random(8), [4, 2])
      const { saved } = batchNorm.forward(scope, { x, ...inputs }, { mode: 'train', momentum: 0.7 })
      const [batchMean, batchVariance] = [await saved.mean.read(), await saved.variance.read()]
      mean = mean.map((v, c) => 0.7 * v + (1 - 0.7) * batchMean[c])
      variance = variance.map((v, c) => 0.7 * v + (1 - 0.7) * batchVariance[c])
      batchNorm.forward(scope, { x, ...inputs }, { mode: 'test' })
    }
    expect(await inputs.runningMean.read()).toEqual(mean)
    expect(await inputs.runningVar.read()).toEqual(variance)
  })

  test('a NaN spoils its own channel and no other', async () => {
    const x = draw(10)(8)
    x[3] = Number.NaN
    const { y, mean, runningVar } = await normalized(x, [4, 2])
    expect([...y].map(Number.isNaN)).toEqual([false, true, false, true, false, true, false, true])
    expect([mean[0], runningVar[0]].some(Number.isNaN)).toBe(false)
    expect([mean[1], runningVar[1]].every(Number.isNaN)).toBe(true)
  })
})
