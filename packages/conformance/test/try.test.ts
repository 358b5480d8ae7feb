import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { allChecks } from '../src/index.js'

for (const check of allChecks())
  test(check.id, async () => {
    const outcome = await check.run({ backend: createNaive(), oracle: createNaive(), seed: 3, runs: 100 })
    expect(
      outcome.failure && {
        ...outcome.failure,
        counterexample: JSON.stringify(outcome.failure.counterexample)?.slice(0, 600),
      },
    ).toBeNull()
  })
