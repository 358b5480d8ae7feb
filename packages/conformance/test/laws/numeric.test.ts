import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differentiableSpecs } from '../../src/checks.js'
import type { Case } from '../../src/core/case.js'
import { changed, inputOf } from '../../src/core/inputs.js'
import type { LayerSpec } from '../../src/core/spec.js'
import { createSubject } from '../../src/core/subject.js'
import { gradientSlopes } from '../../src/gradients.js'
import { anywhere, centralDifference, gridOf, onGrid, stepOf, weighted } from '../../src/laws/centralDifference.js'
import { agrees } from '../../src/laws/numeric.js'
import { batchNormSpec } from '../../src/layers/batchNorm.js'
import { groupNormSpec } from '../../src/layers/groupNorm.js'
import { layerNormSpec } from '../../src/layers/layerNorm.js'
import { scaleOf } from '../../src/layers/losses.js'
import { softmaxCrossEntropySpec } from '../../src/layers/softmaxCrossEntropy.js'
import { createRounded, styles } from '../support/rounded.js'

const naive = createNaive()

type Complex = readonly [re: number, im: number]
const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]]
const times = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
const scaled = (a: Complex, k: number): Complex => [a[0] * k, a[1] * k]
const total = (list: readonly Complex[]) => list.reduce(add, [0, 0])
const size = ([re, im]: Complex) => Math.hypot(re, im)
const exp = ([re, im]: Complex): Complex => [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)]
/** a^p on the branch that is 1 at 1. */
const power = (a: Complex, p: number): Complex => scaled(exp([0, p * Math.atan2(a[1], a[0])]), size(a) ** p)

/** What a row of layer norm adds to the objective, but for beta. */
function normalized(row: readonly Complex[], c: Case, n: number): Complex {
  const [gamma, dy] = [inputOf(c, 'gamma').data, c.dy?.data ?? []]
  const mean = scaled(total(row), 1 / row.length)
  const d = row.map((x) => add(x, scaled(mean, -1)))
  const q = add(scaled(total(d.map((value) => times(value, value))), 1 / row.length), [Number(c.attrs.eps), 0])
  return total(d.map((value, j) => scaled(times(value, power(q, -0.5)), gamma[j] * dy[n * row.length + j])))
}

/** What a row adds to the cross-entropy, but for a constant and what is linear in the logits. */
function entropy(row: readonly Complex[], c: Case, n: number): Complex {
  const start = Array.from(inputOf(c, 'logits').data.subarray(n * row.length, (n + 1) * row.length))
  const highest = Math.max(...start)
  const sum = (list: readonly Complex[]) => total(list.map((x) => exp([x[0] - highest, x[1]])))
  const ratio = times(sum(row), power(sum(start.map((x) => [x, 0] as const)), -1))
  return scaled([Math.log(size(ratio)), Math.atan2(ratio[1], ratio[0])], scaleOf(c))
}

describe('what bends is analytic on the disc, and nowhere larger than it says:', () => {
  test.each<[LayerSpec, string, (row: readonly Complex[], c: Case, n: number) => Complex]>([
    [layerNormSpec, 'x', normalized],
    [softmaxCrossEntropySpec, 'logits', entropy],
  ])('$layer', (spec, input, rowObjective) => {
    let most = 0
    const point = fc.record({ c: spec.cases, angle: fc.double({ min: 0, max: 7, noNaN: true }), seed: fc.nat() })
    fc.assert(
      fc.property(point, ({ c, angle, seed }) => {
        const random = new Random(seed)
        const x = inputOf(c, input)
        const { room, most: bound = 0 } = spec.neighbourhood?.(c, input) ?? anywhere(x)
        const d = x.data.map((_, i) => room.data[i] * (2 * random.integer(2) - 1))
        const moved = Array.from(x.data, (value, i) => add([value, 0], scaled(exp([0, angle]), d[i])))
        const width = moved.length / x.shape[0]
        const rows = Array.from({ length: x.shape[0] }, (_, n) =>
          rowObjective(moved.slice(n * width, (n + 1) * width), c, n),
        )
        expect(size(total(rows))).toBeLessThanOrEqual(bound)
        if (bound > 0) most = Math.max(most, size(total(rows)) / bound)
      }),
      { numRuns: 300 },
    )
    expect(most).toBeGreaterThan(0.3)
  })
})

test('the extrapolation keeps its bound where truncation is all of it', async () => {
  let most = 0
  for (const spec of [layerNormSpec, groupNormSpec, batchNormSpec, softmaxCrossEntropySpec]) {
    const [input = '', gradient = ''] = Object.entries(spec.gradients)[0] ?? []
    const subject = createSubject(spec, naive, naive, 'float64')
    for (const given of fc.sample(spec.cases, { numRuns: 40, seed: 231 })) {
      const around = (c: Case) => spec.neighbourhood?.(c, input)
      const grid = gridOf(inputOf(given, input), around(given)?.room ?? inputOf(given, input), 'float64')
      const c = changed(given, { inputs: { [input]: onGrid(inputOf(given, input), grid) } })
      const { room, most: M } = around(c) ?? {}
      if (!room || M === undefined) continue
      const random = new Random(room.data.length)
      const h = 0.5
      const step = stepOf(room, grid, () => h * (2 * random.integer(2) - 1))
      const [results, bounds] = [await subject.run(c), await subject.bounds(c)]
      const numeric = await centralDifference(subject, c, { input, step, h, most: M })
      const analytic = weighted(results[gradient], bounds[gradient], step)
      const [difference, bound] = [Math.abs(numeric.value - analytic.value), numeric.error + analytic.error]
      expect(difference).toBeLessThanOrEqual(bound)
      if (Number.isFinite(bound) && bound > 0) most = Math.max(most, difference / bound)
    }
  }
  // Cauchy's bound holds for any function of that size, and these are tame.
  expect(most).toBeGreaterThan(1e-4)
})

describe('in float32, rounded after every operation,', () => {
  test.each(Object.entries(styles))('gradients agree with differences, %s', async (_, style) => {
    const backend = createRounded(style)
    for (const { layer } of differentiableSpecs)
      for await (const slope of gradientSlopes(backend, layer, { dtype: 'float32', runs: 10 }))
        expect(agrees(slope), `${layer} ${slope.gradient}`).toBe(true)
  })
})

/** Naive, whose relu has a NaN in one element of its gradient. */
function withNaN(): Backend<Data> {
  const { float64 } = naive.kernels
  if (!float64?.relu) throw new Error('naive has it')
  const { relu } = float64
  const backward: typeof relu.backward = (d, dy, y, dx) => {
    relu.backward(d, dy, y, dx)
    dx[dx.length - 1] = Number.NaN
  }
  return { ...naive, kernels: { float64: { ...float64, relu: { ...relu, backward } } } }
}

test('a gradient of NaN agrees with nothing', async () => {
  const slopes: boolean[] = []
  for await (const slope of gradientSlopes(withNaN(), 'relu', { runs: 5 }))
    if (slope.element === null) slopes.push(agrees(slope))
  expect(slopes.length).toBeGreaterThan(0)
  expect(slopes).not.toContain(true)
})

test('a layer without gradients is refused, with those that have some', async () => {
  const slopes = gradientSlopes(naive, 'adam')
  await expect(slopes.next()).rejects.toThrow(/expected one of conv2d, .*, svmLoss, .*, got adam/)
})
