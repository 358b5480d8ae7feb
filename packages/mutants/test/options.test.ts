import { expect, it } from 'vitest'
import { runMutants, runTrials } from '../src/suiteQuality.js'

it('of measurements of the suite are held to their names and ranges too', () => {
  const [seeds, typo] = [{ seeds: 1 }, { seeds: 1, job: 2 }]
  expect(() => runMutants([], { ...typo, firstOnly: true })).toThrow('runMutants: there is no option job; did you mean')
  expect(() => runTrials({} as never, typo)).toThrow('runTrials: there is no option job; did you mean jobs?')
  expect(() => runTrials({} as never, { ...seeds, runs: 0.5 })).toThrow(
    'runTrials: runs must be a whole number of at least 1, got 0.5',
  )
})
