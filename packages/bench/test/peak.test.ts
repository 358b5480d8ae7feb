import { expect, test } from 'vitest'
import { createProbe, higher, peakOf, rooflineOf } from '../src/peak.js'

const budget = { warmUpMs: 20, samples: 15, enoughMs: 0, mostMs: 1000 }

test('a peak is the work of a call over the shortest of its samples, and half as many float64 fit a vector', async () => {
  const probe = await createProbe(async (entries) => {
    for (const { call } of entries) await call()
    return entries.map(() => [4, 1, 2])
  })
  const { chains, copy } = await probe(budget)
  const [single, double] = [(20_000 * 12 * 4 * 2) / 1e6, (20_000 * 12 * 2 * 2) / 1e6]
  expect(chains).toMatchObject({ 'float32-simd': single, 'float64-simd': double })
  // Where the engine has no relaxed SIMD there is neither.
  if ('float32-fma' in chains) expect(chains).toMatchObject({ 'float32-fma': single, 'float64-fma': double })
  expect(copy).toBe((2 * 64 * 2 ** 20) / 1e6)
})

test('every way that the engine has is timed, and a copy', async () => {
  const probe = await createProbe()
  const { chains, copy } = await probe(budget)
  const ways = ['float32-simd', 'float64-simd']
  if ('float32-fma' in chains) ways.push('float32-fma', 'float64-fma')
  expect(Object.keys(chains).toSorted()).toEqual(ways.toSorted())
  for (const reached of [...Object.values(chains), copy]) expect(reached).toBeGreaterThan(0)
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
