import { expect, test } from 'vitest'
import { createProbe, higher, peakOf, rooflineOf } from '../src/peak.js'

const budget = { warmUpMs: 20, samples: 15, enoughMs: 0, mostMs: 1000 }

test('chains are timed in every way that the engine has, and half as many float64 fit a vector', async () => {
  const { chains, copy } = await (await createProbe())(budget)
  expect(chains['float32-simd']).toBeGreaterThan(1)
  expect(copy).toBeGreaterThan(0.1)
  const [single = 0, double = 0] = [chains['float32-fma'], chains['float64-fma']]
  // Where the engine has no relaxed SIMD there is neither.
  if (single > 0) expect(single / double).toBeGreaterThan(1.2)
})

const peaks = { chains: { 'float32-simd': 30, 'float32-fma': 50, 'float64-simd': 25 }, copy: 20 }

test('the peak of more threads is a multiple, of the better way', () => {
  expect(peakOf(peaks, 'float32', 2)).toBe(100)
  expect(peakOf(peaks, 'float64', 1)).toBe(25)
})

test('the roofline is what takes longer of arithmetic and memory', () => {
  expect(rooflineOf(peaks, 'float32', { flops: 50e6, bytes: 1 })).toBe(1)
  expect(rooflineOf(peaks, 'float32', { flops: 1, bytes: 40e6 })).toBe(2)
})

test('of two measurements the higher counts', () => {
  const other = { chains: { 'float32-simd': 20, 'float32-fma': 60, 'float64-simd': 25 }, copy: 30 }
  expect(higher(peaks, other)).toEqual({
    chains: { 'float32-simd': 30, 'float32-fma': 60, 'float64-simd': 25 },
    copy: 30,
  })
})
