import fc from 'fast-check'
import { expect, test } from 'vitest'
import { casesIn, casesText } from '../../src/core/paths.js'
import { type Step, stepsIn, stepsText } from '../../src/replay/steps.js'

const path = fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'))
const paths = fc.array(path, { minLength: 1, maxLength: 12 })
const step: fc.Arbitrary<Step> = fc.record({
  id: fc.stringMatching(/^[a-z0-9A-Z]+\/[\w %+@-]+\/float(32|64)$/),
  cases: fc.option(paths.map(casesText)),
})

test('cases come back from their text', () => {
  fc.assert(
    fc.property(paths, (list) => {
      expect(casesIn(casesText(list))).toEqual(list)
    }),
  )
  expect(casesText(['0', '1', '2', '7', '3:0', '4', '5'])).toBe('0-2,7,3:0,4-5')
})

test('steps come back from their text, which a shell takes as it is', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      expect(stepsIn(stepsText(steps))).toEqual(steps)
    }),
  )
  const steps = [
    { id: 'relu/forward/float32', cases: '0-11,14' },
    { id: 'conv2d/adjoint/float32', cases: null },
  ]
  expect(stepsText(steps)).toBe('relu/forward/float32@0-11,14+conv2d/adjoint/float32')
})

test.each(['', '1:', 'x', '1,,2', '-3', '1-'])('cases %j are an error', (text) =>
  expect(() => casesIn(text)).toThrow(/expected cases like 3, 0-11 or 3:0:1/),
)

test.each(['', 'relu@1+', 'relu@1@2', '@3'])('steps %j are an error', (text) =>
  expect(() => stepsIn(text)).toThrow(/--replay: expected check@cases/),
)
