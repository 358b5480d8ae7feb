import { type Backend, type FloatDType, formatShape } from '@convkit/api'
import fc from 'fast-check'
import { type Calls, prepare } from '../core/calls.js'
import type { Case } from '../core/case.js'
import { rounded } from '../core/inputs.js'
import { createReferee, createSharpReferee } from '../core/referee.js'
import { numbersIn } from '../core/small.js'
import type { LayerSpec } from '../core/spec.js'
import type { Speed } from '../report/report.js'
import { holdSync } from './holdSync.js'
import { median } from './median.js'
import { type Entry, type SamplingBudget, sampleInTurns } from './sampling.js'

/** Large cases to choose the largest of. */
const sampled = 12
const budget: SamplingBudget = { warmUpMs: 25, samples: 15, enoughMs: 0, mostMs: 500 }

/** `measureCase` with the largest of the layer's large cases. */
export async function measure(
  spec: LayerSpec,
  backend: Backend,
  baseline: Backend,
  dtype: FloatDType,
  seed: number,
): Promise<Speed[]> {
  return measureCase(spec, backend, baseline, dtype, largest(fc.sample(spec.large, { seed, numRuns: sampled })))
}

/**
 * How many times as fast as `baseline` the backend runs a case: the median of the ratios, round by round. Throws a
 * `Violation` where a result is wrong, and where `sync` does not wait: a wrong kernel has no speed.
 */
export async function measureCase(
  spec: LayerSpec,
  backend: Backend,
  baseline: Backend,
  dtype: FloatDType,
  c: Case,
): Promise<Speed[]> {
  const referee = await createReferee(spec, baseline, rounded(c, dtype))
  await referee.hold(backend, dtype)
  await createSharpReferee(spec, baseline, rounded(c, dtype)).hold(backend, dtype)
  using own = prepare(spec, backend, dtype, c)
  using other = prepare(spec, baseline, dtype, c)
  const rows: Speed[] = []
  for (const pass of ['forward', 'backward'] as const) {
    if (own[pass].length === 0 || other[pass].length === 0) continue
    await holdSync(backend, entry(own, pass))
    const [mine, theirs] = await sampleInTurns([entry(own, pass), entry(other, pass)], budget)
    rows.push({
      layer: spec.layer,
      dtype,
      pass,
      naive: median(theirs),
      backend: median(mine),
      speedup: median(mine.slice(0, theirs.length).map((ms, i) => theirs[i] / ms)),
      samples: mine.length,
      workload: describe(c),
    })
  }
  return rows
}

function entry(calls: Calls, pass: Speed['pass']): Entry {
  return {
    name: pass,
    call() {
      for (const { run } of calls[pass]) run()
    },
    sync: calls.sync,
  }
}

function largest(cases: readonly Case[]): Case {
  return cases.reduce((a, b) => (numbersIn(b) > numbersIn(a) ? b : a))
}

function describe(c: Case): string {
  const inputs = Object.entries(c.inputs).map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
  const attributes = Object.entries(c.attrs).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [...inputs, ...attributes].join(', ')
}
