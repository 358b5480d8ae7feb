import { Random } from '@convkit/data'
import { expect, test } from 'vitest'
import { estimate, giga, ratio } from '../src/statistics/estimate.js'

test('a figure is the median, between the order statistics that cover it at 95 %', () => {
  const samples = Array.from({ length: 15 }, (_, i) => 15 - i)
  expect(estimate(samples)).toMatchObject({ median: 8, low: 4, high: 12, n: 15 })
  // 1 - 2 * (1 + 15 + 105 + 455) / 2^15
  expect(estimate(samples).coverage).toBeCloseTo(1 - 1152 / 2 ** 15, 12)
})

test('three samples cover less than they should, and say so', () => {
  expect(estimate([2, 9, 4])).toMatchObject({ median: 4, low: 2, high: 9 })
  expect(estimate([2, 9, 4]).coverage).toBeCloseTo(0.75, 12)
  expect(estimate([7])).toMatchObject({ median: 7, low: 7, high: 7, coverage: 0 })
})

test('the interval covers the true median as often as it says, whatever the distribution', () => {
  const random = new Random(231)
  const runs = 2000
  let covered = 0
  for (let run = 0; run < runs; run++) {
    // Noise on a computer has a long tail on one side. The median of an exponential is ln 2.
    const samples = Array.from({ length: 15 }, () => -Math.log(random.uniform() || 1))
    const { low, high } = estimate(samples)
    if (low <= Math.LN2 && Math.LN2 <= high) covered++
  }
  // 96.5 %, give or take four standard deviations of such a count.
  expect(covered / runs).toBeGreaterThan(0.948)
  expect(covered / runs).toBeLessThan(0.982)
})

test('a ratio allows all that both intervals allow', () => {
  const samples = (...values: number[]) => estimate(values)
  expect(ratio(samples(10, 12, 90), samples(2, 3, 5))).toEqual({ value: 4, low: 2, high: 45 })
})

test('a billion operations in a second are one GFLOP/s', () => {
  expect(giga(1e9, 1000)).toBe(1)
})
