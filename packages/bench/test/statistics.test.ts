import { expect, test } from 'vitest'
import { giga, ratio, timeOf } from '../src/statistics.js'

test('a time is the least disturbed sample and the middle one', () => {
  expect(timeOf([4, 2, 9])).toEqual({ min: 2, median: 4 })
})

test('a ratio compares like with like', () => {
  expect(ratio(timeOf([10, 12, 90]), timeOf([2, 3, 5]))).toEqual({ min: 5, median: 4 })
})

test('a billion operations in a second are one GFLOP/s', () => {
  expect(giga(1e9, timeOf([1000, 4000]))).toBe(1)
})
