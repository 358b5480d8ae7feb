import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { softmax } from '../src/softmax.js'

const scores = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 })

describe('softmax', () => {
  it('gives probabilities in the order of the scores, however large these are', () => {
    fc.assert(
      fc.property(scores, (s) => {
        const p = softmax(s)
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
        for (let i = 1; i < s.length; i++) if (s[i - 1] < s[i]) expect(p[i - 1]).toBeLessThanOrEqual(p[i])
      }),
    )
  })

  it('has the logarithms of its ratios be the differences of scores', () => {
    const [a, b, c] = softmax([1, 2, 4])
    expect(Math.log(b / a)).toBeCloseTo(1, 12)
    expect(Math.log(c / b)).toBeCloseTo(2, 12)
  })
})
