import { ConfigError } from '@convkit/api'
import { expect, it } from 'vitest'
import { createNaive } from '../src/index.js'

it('createNaive takes no options, and refuses any', () => {
  expect(createNaive({}).name).toBe('naive')
  expect(() => createNaive(Object({ threads: 4 }))).toThrow(
    new ConfigError('naive: there is no option threads (known: none)'),
  )
})
