import { type Backend, type FloatDType, formatShape } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import type { LayerSpec } from '../core/spec.js'
import type { Speed } from '../report/report.js'
import { type Calls, prepare } from './calls.js'
import { createReferee } from './referee.js'

/** Large cases to choose the largest of. */
const sampled = 12
/** Milliseconds. */
const warmUp = 25
const enoughSamples = 15
const fewestSamples = 3
/** Milliseconds that one row may take once it has its fewest samples. */
const enoughTime = 500
/** Milliseconds of calls between two looks at the clock: a single call may be too short for it. */
const sampleTime = 2

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
 * How many times as fast as `baseline` the backend runs a case: warmed up by time, sampled in turns, the wait inside the
 * timed region, the median of the ratios. Throws a `Violation` where a result is wrong: a wrong kernel has no speed.
 */
export async function measureCase(
  spec: LayerSpec,
  backend: Backend,
  baseline: Backend,
  dtype: FloatDType,
  c: Case,
): Promise<Speed[]> {
  const referee = await createReferee(spec, baseline, c)
  await referee.hold(backend, dtype)
  using own = prepare(spec, backend, dtype, c)
  using other = prepare(spec, baseline, dtype, c)
  const rows: Speed[] = []
  for (const pass of ['forward', 'backward'] as const) {
    if (!own[pass] || !other[pass]) continue
    const [mine, theirs] = await inTurns(timer(own, own[pass]), timer(other, other[pass]))
    rows.push({
      layer: spec.layer,
      dtype,
      pass,
      naive: median(theirs),
      backend: median(mine),
      speedup: median(theirs.map((ms, i) => ms / mine[i])),
      samples: mine.length,
      workload: describe(c),
    })
  }
  return rows
}

/** Runs calls for about so many milliseconds and says how long one took. */
type Timer = (ms: number) => Promise<number>

function timer({ sync }: Calls, call: () => void): Timer {
  let last = Number.POSITIVE_INFINITY
  return async (ms) => {
    const count = Math.max(1, Math.round(ms / last))
    const start = performance.now()
    for (let i = 0; i < count; i++) call()
    await sync()
    last = (performance.now() - start) / count
    return last
  }
}

async function inTurns(a: Timer, b: Timer): Promise<[number[], number[]]> {
  for (const timer of [a, b])
    for (const start = performance.now(); performance.now() - start < warmUp; ) await timer(sampleTime)
  const samples: [number[], number[]] = [[], []]
  const start = performance.now()
  for (let round = 0; round < enoughSamples; round++) {
    if (round >= fewestSamples && performance.now() - start > enoughTime) break
    // Neither is always the one that follows the other.
    const order = round % 2 === 0 ? [0, 1] : [1, 0]
    for (const i of order) samples[i].push(await (i === 0 ? a : b)(sampleTime))
  }
  return samples
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function largest(cases: readonly Case[]): Case {
  const sizeOf = (c: Case) =>
    Object.values(c.inputs).reduce((sum, { data }) => sum + data.length, c.dy?.data.length ?? 0)
  return cases.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))
}

function describe(c: Case): string {
  const inputs = Object.entries(c.inputs).map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
  const attributes = Object.entries(c.attrs).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [...inputs, ...attributes].join(', ')
}
