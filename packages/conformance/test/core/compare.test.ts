import { describe, expect, test } from 'vitest'
import type { Case, NdArray } from '../../src/core/case.js'
import { compare, worstText } from '../../src/core/compare.js'
import { compareKinds } from '../../src/core/kinds.js'
import { createTally } from '../../src/core/tally.js'

const c: Case = { layer: 'relu', attrs: {}, inputs: {} }
const array = (...values: number[]): NdArray => ({ shape: [values.length], data: Float64Array.from(values) })
const infinity = Number.POSITIVE_INFINITY

/** Whether one element passes, and whether it counts as bounded. */
function met(got: number, expected: number, bound: number, dtype: 'float32' | 'float64' = 'float32') {
  const tally = createTally()
  try {
    compare('law', c, { y: array(got) }, { y: array(expected) }, { y: array(bound) }, { dtype, tally })
    return tally.unbounded === 0 ? 'right' : 'unbounded'
  } catch {
    return 'wrong'
  }
}

describe('an element without a finite bound', () => {
  test.each([
    [3, 'unbounded'],
    [infinity, 'wrong'],
    [-infinity, 'wrong'],
    [Number.NaN, 'wrong'],
  ])('is held to be finite: %d is %s', (got, verdict) => expect(met(got, 1, infinity)).toBe(verdict))

  test.each([
    [infinity, infinity, 'right'],
    [-infinity, infinity, 'wrong'],
    [1, infinity, 'wrong'],
    [Number.NaN, Number.NaN, 'right'],
    [0, Number.NaN, 'wrong'],
  ])('is what the exact result is where that is not finite: %d for %d is %s', (got, expected, verdict) =>
    expect(met(got, expected, infinity)).toBe(verdict),
  )

  test('passes by nothing but equality where the bound itself is NaN', () => {
    expect([met(1, 1, Number.NaN), met(1, 2, Number.NaN)]).toEqual(['right', 'wrong'])
  })
})

describe('an infinite result with a finite bound', () => {
  const largest = (2 - 2 ** -23) * 2 ** 127

  test.each([
    [infinity, 1e39, 1, 'float32', 'right'],
    [-infinity, -1e39, 1, 'float32', 'right'],
    [-infinity, 1e39, 1, 'float32', 'wrong'],
    [infinity, 1e39, 1, 'float64', 'wrong'],
    [infinity, largest, 2 ** 104, 'float32', 'right'],
    [infinity, largest, 0, 'float32', 'wrong'],
    [infinity, 1, 1e30, 'float32', 'wrong'],
  ] as const)('%d for %d ± %d in %s is %s', (got, expected, bound, dtype, verdict) =>
    expect(met(got, expected, bound, dtype)).toBe(verdict),
  )
})

test('kinds are those of the exact result, but for what the dtype cannot hold', () => {
  const holds = (got: number, expected: number) => () =>
    compareKinds('kinds', c, { y: array(got) }, { y: array(expected) }, 'float32')
  expect(holds(5, 7)).not.toThrow()
  expect(holds(infinity, 1e39)).not.toThrow()
  expect(holds(infinity, 7)).toThrow('y[0] is Infinity, expected 7')
  expect(holds(-infinity, infinity)).toThrow()
  expect(holds(0, Number.NaN)).toThrow()
  expect(() => compareKinds('kinds', c, {}, { y: array(1) }, 'float32')).toThrow('y was not computed')
})

describe('two numbers', () => {
  const evidence = { law: 'law', output: 'y', index: [2], bound: 0, broken: 1, of: 4 }
  const text = (got: number, expected: number, dtype: 'float32' | 'float64' = 'float64') =>
    worstText(dtype, { ...evidence, got, expected })

  test('can be told apart, whatever it takes', () => {
    expect(text(1.3707628, 1.3707628000000003)).toBe(
      'y[2] is 1.3707628, expected 1.3707628000000003 ± 0 (1 of 4 wrong)',
    )
    const [a, b] = [Math.fround(0.1), Math.fround(0.1) + 2 ** -27]
    expect(text(a, b, 'float32')).toBe('y[2] is 0.100000001, expected 0.100000009 ± 0 (1 of 4 wrong)')
    expect(text(a, a + 2 ** -50, 'float32')).toMatch(/is 0.10000000149011612, expected 0.1000000014901170\d/)
    expect(text(-0, 0)).toMatch(/is -0, expected 0 /)
  })

  test('of one backend are both named, and none is called expected', () => {
    const sides = ['with dx left out', 'with every gradient wanted'] as const
    const own = { ...evidence, got: 1, expected: 2, sides }
    expect(worstText('float32', own)).toBe(
      'y[2] is 1 with dx left out, but 2 with every gradient wanted; they must be the same (1 of 4 wrong)',
    )
    expect(worstText('float32', { ...own, bound: 0.125 })).toContain('; they may differ by 0.125 ')
  })
})
