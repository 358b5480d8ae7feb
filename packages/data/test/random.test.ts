import { ConfigError, DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextSeed, Random } from '../src/random.js'

const seed = 20
const seeds = fc.maxSafeInteger()

describe('Random', () => {
  test('gives the same numbers for the same seed, others for another', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        expect(new Random(a).normal(9)).toEqual(new Random(a).normal(9))
        if (a !== b) expect(new Random(a).normal(9)).not.toEqual(new Random(b).normal(9))
      }),
      { seed },
    )
  })

  test('tells seeds apart that are equal in their lower 32 bits, or but for their sign', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: -(2 ** 20), max: 2 ** 20 }))
    fc.assert(
      fc.property(pair, ([low, high]) => {
        fc.pre(high !== 0)
        expect(new Random(low + high * 2 ** 32).normal(9)).not.toEqual(new Random(low).normal(9))
        if (low !== 0) expect(new Random(-low).normal(9)).not.toEqual(new Random(low).normal(9))
      }),
      { seed, examples: [[[1, 1]], [[0, -1]], [[2 ** 32 - 1, -1]]] },
    )
  })

  test('keeps the streams of seeds of 32 bits', () => {
    const draws = (start: number) => {
      const random = new Random(start)
      return [random.integer(1000), random.integer(1000), random.integer(1000)]
    }
    expect([0, 231, 2 ** 31, 2 ** 32 - 1].map(draws)).toEqual([
      [872, 427, 185],
      [967, 16, 930],
      [292, 726, 26],
      [208, 178, 355],
    ])
  })

  test('refuses what is no safe integer, and states that are none', () => {
    for (const bad of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])
      expect(() => new Random(bad)).toThrow(ConfigError)
    for (const bad of [[], [1, 2, 3], [0, 0, 0, 0], [1, 2, 3, 2 ** 32], [1, 2, 3, 0.5]])
      expect(() => new Random(bad)).toThrow(DataError)
    expect(nextSeed(7)).toBe(8)
    expect(nextSeed(Number.MAX_SAFE_INTEGER)).toBe(Number.MIN_SAFE_INTEGER)
  })

  test('goes on from a saved state as if never stopped, whatever was drawn before and after', () => {
    const draw = fc.constantFrom(
      (random: Random) => random.uniform(),
      (random: Random) => random.integer(1000),
      (random: Random) => [...random.normal(3)],
      (random: Random) => [...random.permutation(7)],
    )
    fc.assert(
      fc.property(seeds, fc.array(draw), fc.array(draw, { minLength: 1 }), (start, before, after) => {
        const random = new Random(start)
        for (const next of before) next(random)
        const restored = new Random(JSON.parse(JSON.stringify(random.state)))
        expect(after.map((next) => next(restored))).toEqual(after.map((next) => next(random)))
        expect(restored.state).toEqual(random.state)
      }),
      { seed },
    )
  })

  test('permutes: every integer of [0, n) once', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 200 }), (start, n) => {
        const sorted = new Random(start).permutation(n).sort()
        expect([...sorted]).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
      { seed },
    )
  })

  test('permutes evenly: each of the 6 orders of 3 is as likely as the others', () => {
    const random = new Random(1)
    const counts = new Map<string, number>()
    const draws = 12_000
    for (let i = 0; i < draws; i++) {
      const order = random.permutation(3).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const expected = draws / 6
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(6)
    // The 0.999 quantile of chi-square with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.5)
  })

  test('keeps integers and uniforms in their ranges', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 1e6 }), (start, n) => {
        const random = new Random(start)
        const k = random.integer(n)
        const u = random.uniform()
        expect(Number.isInteger(k) && k >= 0 && k < n && u >= 0 && u < 1).toBe(true)
      }),
      { seed },
    )
  })

  test('has the moments of a normal distribution, within 4 standard errors', () => {
    const n = 40_000
    const deviation = 0.5
    const values = new Random(3).normal(n, deviation)
    const moment = (k: number) => values.reduce((sum, x) => sum + (x / deviation) ** k, 0) / n
    // The variances of x, x^2, x^3 and x^4 for a standard normal x are 1, 2, 15 and 96.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n))
  })

  test('has first draws that tell small seeds apart', () => {
    const first = Float64Array.from({ length: 5000 }, (_, start) => new Random(start).uniform())
    const mean = first.reduce((sum, value) => sum + value) / first.length
    const variance = first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first.length
    // Five standard errors of uniform numbers: sqrt(1/12/5000) = 0.0041 and sqrt(1/180/5000) = 0.0011.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.021)
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.0055)
  })
})
