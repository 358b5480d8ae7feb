import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specs } from '../../src/checks.js'
import { prepare } from '../../src/core/calls.js'

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)

/** Naive, and what was allocated and not freed. */
function createHeld() {
  const naive = createNaive()
  const held = new Set<unknown>()
  const backend: Backend<Data> = {
    ...naive,
    alloc(length, dtype) {
      const storage = naive.alloc(length, dtype)
      held.add(storage)
      return storage
    },
    free(storage) {
      held.delete(storage)
      return naive.free(storage)
    },
  }
  return { backend, held }
}

describe.each(specs.map((spec) => [spec.layer, spec] as const))('the recorded calls of %s', (_, spec) => {
  it('have all of their storages until they are disposed, and leave none behind', () => {
    const [c] = fc.sample(spec.cases, { seed, numRuns: 1 })
    const { backend, held } = createHeld()
    {
      using calls = prepare(spec, backend, 'float32', c)
      const made = [...calls.forward, ...calls.backward]
      expect(made.length).toBeGreaterThan(0)
      for (const { kernel, call } of made)
        for (const storage of call.storages)
          expect(storage === null || held.has(storage), `${kernel.name} on a storage that was freed`).toBe(true)
    }
    expect(held.size).toBe(0)
  })
})
