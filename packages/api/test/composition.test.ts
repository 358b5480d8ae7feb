import { activationDefinitions, type Composition, type ElementFunction, numbers } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivative, operationsOf } from '../src/composition.js'

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
      tie('formula').map(
        (f): ElementFunction =>
          (a, x) =>
            a.sqrt(a.add(a.constant(1), a.sigmoid(f(a, x)))),
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
        expect(Math.abs(derivative(numbers, f, x) - numeric)).toBeLessThan(1e-8 * (1 + Math.abs(numeric)))
      }),
      { seed },
    )
  })

  it('is flat where a sign alone is left of it', () => {
    expect(derivative(numbers, (a, x) => a.mul(a.sign(x), a.constant(3)), 0.5)).toBe(0)
  })

  it('has a sigmoid that neither overflows nor cancels', () => {
    expect(numbers.sigmoid(-700)).toBeCloseTo(Math.exp(-700), 320)
    expect([-800, 800, 0, Number.NaN].map(numbers.sigmoid)).toEqual([0, 1, 0.5, Number.NaN])
    const slope = derivative(numbers, (a, x) => a.sigmoid(x), 40)
    expect(slope / Math.exp(-40)).toBeCloseTo(1, 12)
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
