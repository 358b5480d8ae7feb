import { activationDefinitions, type Composition, type ElementFunction, numbers } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivative, operationsOf } from '../src/composition.js'

/** f'(x) of a function of one number. */
const slopeOf = (f: ElementFunction, x: number) =>
  derivative(
    numbers,
    (a, of) => f(a, of('x')),
    () => x,
    'x',
  )

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)

/** Formulas whose every part stays within a few units, far from poles, and bends gently. */
const formulas: fc.Arbitrary<ElementFunction> = fc.letrec<{ formula: ElementFunction }>((tie) => {
  const pairs = fc.tuple(tie('formula'), tie('formula'))
  return {
    formula: fc.oneof(
      { maxDepth: 3 },
      fc.constant<ElementFunction>((_a, x) => x),
      fc.double({ min: -2, max: 2, noNaN: true }).map(
        (c): ElementFunction =>
          (a) =>
            a.constant(c),
      ),
      pairs.map(
        ([f, g]): ElementFunction =>
          (a, x) =>
            a.add(f(a, x), g(a, x)),
      ),
      pairs.map(
        ([f, g]): ElementFunction =>
          (a, x) =>
            a.sub(f(a, x), g(a, x)),
      ),
      pairs.map(
        ([f, g]): ElementFunction =>
          (a, x) =>
            a.mul(a.sigmoid(f(a, x)), g(a, x)),
      ),
      pairs.map(
        ([f, g]): ElementFunction =>
          (a, x) =>
            a.div(f(a, x), a.add(a.constant(1), a.sigmoid(g(a, x)))),
      ),
      pairs.map(
        ([f, g]): ElementFunction =>
          (a, x) =>
            a.mul(a.tanh(f(a, x)), g(a, x)),
      ),
      tie('formula').map(
        (f): ElementFunction =>
          (a, x) =>
            a.sqrt(a.add(a.constant(1), a.sigmoid(f(a, x)))),
      ),
      tie('formula').map(
        (f): ElementFunction =>
          (a, x) =>
            a.softplus(f(a, x)),
      ),
    ),
  }
}).formula

describe('a composition', () => {
  it('has the slope that its values say', () => {
    fc.assert(
      fc.property(formulas, fc.double({ min: -2, max: 2, noNaN: true }), (f, x) => {
        const rise = (h: number) => (f(numbers, x + h) - f(numbers, x - h)) / (2 * h)
        const numeric = (4 * rise(1e-3) - rise(2e-3)) / 3
        expect(Math.abs(slopeOf(f, x) - numeric)).toBeLessThan(1e-8 * (1 + Math.abs(numeric)))
      }),
      { seed },
    )
  })

  it('is flat where a sign alone is left of it', () => {
    expect(slopeOf((a, x) => a.mul(a.sign(x), a.constant(3)), 0.5)).toBe(0)
  })

  it('has the slope of the branch that is taken, and below at 0; NaN chooses neither', () => {
    const f: ElementFunction = (a, x) => a.where(x, a.mul(x, x), a.mul(a.constant(3), x))
    expect([2, -2, 0, Number.NaN].map((x) => f(numbers, x))).toEqual([4, -6, 0, Number.NaN])
    expect([2, -2, 0, Number.NaN].map((x) => slopeOf(f, x))).toEqual([4, 3, 3, Number.NaN])
  })

  it('has a tanh that loses no digit near 0, and whose slope does not cancel far from it', () => {
    expect(numbers.tanh(1e-30)).toBe(1e-30)
    expect(slopeOf((a, x) => a.tanh(x), 40) / (4 * Math.exp(-80))).toBeCloseTo(1, 12)
  })

  it('has a sigmoid that neither overflows nor cancels', () => {
    expect(numbers.sigmoid(-700)).toBeCloseTo(Math.exp(-700), 320)
    expect([-800, 800, 0, Number.NaN].map(numbers.sigmoid)).toEqual([0, 1, 0.5, Number.NaN])
    const slope = slopeOf((a, x) => a.sigmoid(x), 40)
    expect(slope / Math.exp(-40)).toBeCloseTo(1, 12)
  })

  it('has a softplus that neither overflows nor vanishes', () => {
    expect([-800, 800, Number.POSITIVE_INFINITY, Number.NaN].map(numbers.softplus)).toEqual([
      0,
      800,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ])
    expect(numbers.softplus(-40) / Math.exp(-40)).toBeCloseTo(1, 14)
    expect(numbers.softplus(0)).toBe(Math.LN2)
  })

  it('is differentiated for one of its numbers', () => {
    const values = { x: 3, t: 5 }
    const of = (name: 'x' | 't') => values[name]
    expect(derivative(numbers, (a, named) => a.mul(named('t'), a.mul(named('x'), named('x'))), of, 'x')).toBe(30)
    expect(derivative(numbers, (a, named) => a.div(named('t'), named('x')), of, 't')).toBeCloseTo(1 / 3, 15)
  })

  it('counts its operations', () => {
    const composition: Composition = (a, of) => ({ y: a.mul(of('x'), a.sigmoid(a.add(of('x'), a.constant(1)))) })
    expect(operationsOf(composition)).toBe(1 + 4 + 1)
  })

  it('makes a whole layer of one formula', () => {
    const { silu } = activationDefinitions
    const d = silu.dims([2, 3])
    const { forward, backward } = silu.methods
    expect([forward.flops(d, () => true), backward.flops(d, () => true) > 30]).toEqual([30, true])
    const operands: { readonly [name: string]: number } = { x: 0.5, dy: 2 }
    const { dx } = backward.composition(numbers, (name) => operands[name] ?? Number.NaN)
    const sigmoid = 1 / (1 + Math.exp(-0.5))
    expect(dx).toBeCloseTo(2 * (sigmoid + 0.5 * sigmoid * (1 - sigmoid)), 14)
  })
})
