import { ConfigError, ShapeError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numericGradient, relError } from '../src/index.js'

const seed = 20_240_602
const number = fc.double({ min: -3, max: 3, noNaN: true })
const vector = fc.array(number, { minLength: 1, maxLength: 6 }).map((list) => Float64Array.from(list))

describe('numericGradient', () => {
  test('of a cubic is the derivative plus h^2 times its third derivative over 6, and rounding', async () => {
    await fc.assert(
      fc.asyncProperty(vector, fc.constantFrom(1e-2, 1e-3, 1e-5), async (x, h) => {
        const cubes = (v: Float64Array) => v.reduce((sum, a) => sum + a ** 3, 0)
        const grad = await numericGradient(cubes, x, { h })
        const scale = x.reduce((sum, a) => sum + (Math.abs(a) + h) ** 3, 0) * x.length
        // u of rounding in each of a few operations a term, divided by 2 h; and in x +- h itself.
        const rounding = (16 * 2 ** -53 * (scale + 27)) / h
        for (const [i, a] of x.entries()) expect(Math.abs((grad[i] ?? 0) - (3 * a * a + h * h))).toBeLessThan(rounding)
      }),
      { seed },
    )
  })

  test('with an upstream gradient is the transposed Jacobian times dy, for sync and async f alike', async () => {
    const linear = fc.integer({ min: 1, max: 4 }).chain((rows) =>
      fc.integer({ min: 1, max: 4 }).chain((columns) =>
        fc.record({
          A: fc.array(fc.array(number, { minLength: columns, maxLength: columns }), {
            minLength: rows,
            maxLength: rows,
          }),
          x: fc.array(number, { minLength: columns, maxLength: columns }),
          dy: fc.array(number, { minLength: rows, maxLength: rows }),
        }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(linear, async ({ A, x, dy }) => {
        const f = (v: Float64Array) => A.map((row) => row.reduce((sum, a, j) => sum + a * (v[j] ?? 0), 0))
        const sync = await numericGradient(f, Float64Array.from(x), { dy })
        const later = await numericGradient(async (v) => f(v), Float64Array.from(x), { dy })
        expect(later).toEqual(sync)
        for (const j of x.keys()) {
          const exact = A.reduce((sum, row, i) => sum + (row[j] ?? 0) * (dy[i] ?? 0), 0)
          expect(Math.abs((sync[j] ?? 0) - exact)).toBeLessThan(1e-8)
        }
      }),
      { seed },
    )
  })

  test('is right where f hands out one array again and again', async () => {
    const result = new Float64Array(1)
    const reuse = (v: Float64Array) => {
      result[0] = 3 * (v[0] ?? 0)
      return result
    }
    expect((await numericGradient(reuse, Float64Array.of(1)))[0]).toBeCloseTo(3, 8)
  })

  test('leaves x as it was, also when f throws', async () => {
    const x = Float64Array.of(0.1, -0, 1e300)
    const before = x.slice()
    await numericGradient(() => 0, x)
    expect(x).toEqual(before)
    let calls = 0
    const failing = () => {
      if (++calls === 4) throw new RangeError('no')
      return 0
    }
    await expect(numericGradient(failing, x)).rejects.toThrow(RangeError)
    expect(x).toEqual(before)
  })

  test('refuses an output that does not match dy, and a step that is not positive', async () => {
    const x = Float64Array.of(1, 2)
    await expect(numericGradient((v) => v, x)).rejects.toThrow(ShapeError)
    await expect(numericGradient((v) => v, x, { dy: [1] })).rejects.toThrow('f(x) has 2 elements but dy has 1')
    for (const h of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(numericGradient(() => 0, x, { h })).rejects.toThrow(ConfigError)
  })
})

describe('relError', () => {
  const element = fc.double({ min: -1e300, max: 1e300, noNaN: true })
  const pair = fc
    .array(fc.tuple(element, element))
    .map((pairs) => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const)

  test('is symmetric, 0 for equal arrays and at most 1', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        expect(relError(x, x)).toBe(0)
        expect(relError(x, y)).toBe(relError(y, x))
        expect(relError(x, y)).toBeLessThanOrEqual(1)
      }),
      { seed },
    )
  })

  test('is the worst of the elements', () => {
    expect(relError([1, 1, 1], [1, 3, 1.5])).toBe(0.5)
    expect(relError([0], [1e-9])).toBeCloseTo(0.1, 12)
  })

  test('does not hide a NaN, nor arrays of different lengths', () => {
    expect(relError([1, Number.NaN, 1], [1, 1, 1])).toBeNaN()
    expect(relError([1, 1], [1, Number.NaN])).toBeNaN()
    expect(() => relError([1], [1, 2])).toThrow(ShapeError)
  })
})
