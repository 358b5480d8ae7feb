import type { Backend, Data, KernelName, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allChecks } from '../../src/checks.js'
import type { LayerSpec } from '../../src/core/spec.js'

type Table<L extends KernelName> = NonNullable<Kernels<Data>[L]>

export interface Fault<L extends KernelName> {
  /** The wrong methods, made of the right ones. */
  change(right: Table<L>): Partial<Table<L>>
  /** The laws that must each notice. */
  readonly caughtBy: readonly string[]
  /** The most elements of the first input that a counterexample may need; default 9. */
  readonly elements?: number
}

const context = { oracle: createNaive(), seed: fc.readConfigureGlobal().seed ?? 231, runs: 40 }

/**
 * Plain loops pass every check of a layer; each fault fails the laws that it names; each law is failed by some fault.
 * Faults are the same in both dtypes, so one of them shows a law's power.
 */
export function describeLayer<L extends KernelName>(
  spec: LayerSpec,
  kernels: L,
  faults: { readonly [says: string]: Fault<L> },
): void {
  const checks = allChecks().filter((check) => check.layer === spec.layer)

  test.each(checks)('plain loops pass $id', async (check) => {
    const outcome = await check.run({ ...context, backend: createNaive() })
    expect(outcome.failure?.message ?? null).toBeNull()
    expect(outcome.cases).toBeGreaterThan(0)
  })

  describe.each(Object.entries(faults))('a kernel that %s', (_, { change, caughtBy, elements = 9 }) => {
    const caught = checks.filter(
      ({ law, dtype }) => caughtBy.includes(law) && (dtype === 'float32' || law === 'numeric gradient'),
    )

    test('is named by laws that exist', () => {
      expect(new Set(caught.map((check) => check.law))).toEqual(new Set(caughtBy))
    })

    test.each(caught)('fails $id by a small case', async (check) => {
      const { failure } = await check.run({ ...context, seed: 231, backend: wrong(kernels, change) })
      expect(failure?.message).toContain(spec.layer)
      expect(Object.values(failure?.counterexample?.inputs ?? {})[0].data.length).toBeLessThanOrEqual(elements)
    })
  })

  test('each of its laws is failed by one of these kernels', () => {
    const named = new Set(Object.values(faults).flatMap((fault) => fault.caughtBy))
    expect(spec.laws.map((law) => law.name).filter((name) => !named.has(name))).toEqual([])
  })
}

function wrong<L extends KernelName>(layer: L, change: (right: Table<L>) => Partial<Table<L>>): Backend<Data> {
  const naive = createNaive()
  const right = naive.kernels.float64?.[layer]
  if (!right) throw new Error(`naive has no kernels for ${layer}`)
  const kernels = { ...naive.kernels.float64, [layer]: { ...right, ...change(right) } }
  return { ...naive, kernels: { float32: kernels, float64: kernels } }
}

/** A copy with each element changed. */
export function mapped(array: Data, change: (value: number, index: number) => number): Data {
  const copy = array.slice()
  for (let i = 0; i < copy.length; i++) copy[i] = change(array[i], i)
  return copy
}

/** Adds to what the output held, as `+=` where `=` was meant. */
export function added(output: Data | null, run: () => void): void {
  const before = output?.slice()
  run()
  if (output && before) output.set(mapped(output, (value, i) => value + before[i]))
}
