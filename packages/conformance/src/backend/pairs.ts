import type { FloatDType } from '@convkit/api'
import { smallest } from '../core/arithmetic.js'
import { Violation } from '../core/violation.js'
import { attempt, but, type Declared } from './declared.js'
import { type Probe, type Probes, size } from './probes.js'

/** The largest power of two. */
const most = { float32: 2 ** 127, float64: 2 ** 1023 } as const

type Pair = readonly [operation: Probe['operation'], a: number, b: number]

/** Results and operands below the smallest normal number. */
export function subnormalPairs(dtype: FloatDType): Pair[] {
  const least = smallest[dtype].normal
  return [
    ['times', 1.5 * least, 0.5],
    ['times', 0.75 * least, 1],
    ['plus', 1.5 * least, -least],
    ['plus', 0.5 * least, 0.25 * least],
  ]
}

/** The smallest normal number itself, which nothing may flush. */
export function leastPairs(dtype: FloatDType): Pair[] {
  const least = smallest[dtype].normal
  return [
    ['times', 2 * least, 0.5],
    ['times', -least, 1],
  ]
}

export function nonFinitePairs(dtype: FloatDType): Pair[] {
  const large = most[dtype]
  return [
    ['times', Number.POSITIVE_INFINITY, 0],
    ['times', Number.NEGATIVE_INFINITY, 2],
    ['times', Number.NaN, 0],
    ['times', large, 4],
    ['plus', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ['plus', Number.NaN, 1],
    ['plus', large, large],
  ]
}

/** Pairs whose results need no rounding; where `mayFlush` says so of a kernel, they may be 0. */
export async function checkPairs(
  subject: Declared,
  pairs: readonly Pair[],
  among: Probes,
  mayFlush: (probe: Probe) => boolean = () => false,
): Promise<void> {
  const { dtype } = subject
  const round = dtype === 'float32' ? Math.fround : (value: number) => value
  for (const [operation, a, b] of pairs)
    for (const [name, probe] of Object.entries(among)) {
      if (probe.operation !== operation || (probe.constant === 'one' && b !== 1)) continue
      const [left, right] = [a, b].map((value) => new Float64Array(size).fill(value))
      const got = await attempt(subject, probe.kernel, (scope, from) => probe.queue(scope, from, left, right))
      const expected = round((operation === 'times' ? a * b : a + b) * (probe.factor ?? 1))
      for (const value of got ?? [])
        if (!Object.is(value, expected) && !(value === 0 && mayFlush(probe)))
          throw new Violation(
            `${but(subject, probe.kernel)}${name}: ${a} ${operation} ${b} is ${value}, not ${expected}`,
          )
    }
}
