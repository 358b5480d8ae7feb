import { median } from 'simple-statistics'
import type { Estimate } from '../statistics/estimate.js'

/** One row, measured twice. `before` and `after` are times, or their ratios to a baseline: larger is slower. */
export interface Pair {
  readonly row: string
  readonly before: Estimate
  readonly after: Estimate
}

export type Verdict = 'slower' | 'faster' | 'same' | 'too few samples'

export interface Change extends Pair {
  /** How many times as long it takes, without what all rows have in common. */
  readonly factor: number
  readonly low: number
  readonly high: number
  /** The smallest slow-down that this row can see: 1.06 is one of 6 %. */
  readonly visible: number
  readonly verdict: Verdict
}

/** What two runs differ in although nothing was changed. */
export interface Noise {
  /** A factor that all rows have in common: a clock that ticks faster. */
  readonly drift: number
  /** Standard deviation of the logarithm of a factor from run to run. */
  readonly spread: number
}

/** Fewer samples than this have no interval that covers 95 %. */
const fewest = 6
/** Quantiles of the normal distribution at 95 % and 99 %: rows are many, so that 1 of 100 may be taken for a change. */
const [z95, z99] = [1.959964, 2.575829]
/** A median absolute deviation as the standard deviation of a normal distribution (1 / 0.6745). */
const toDeviation = 1.4826

/** From rows that nothing was changed in. */
export function noiseOf(controls: readonly Pair[]): Noise {
  if (controls.length === 0) return { drift: 1, spread: 0 }
  const logs = controls.map(({ before, after }) => Math.log(after.median / before.median))
  const middle = median(logs)
  const deviations = logs.map((log) => Math.abs(log - middle))
  return { drift: Math.exp(middle), spread: toDeviation * median(deviations) }
}

/**
 * Whether the change of a row is beyond the noise: logarithms of medians, the half-widths of their order-statistic
 * intervals and the spread from run to run added as variances, at 99 %.
 */
export function judge(pair: Pair, { drift, spread }: Noise): Change {
  const { before, after } = pair
  const log = Math.log(after.median / before.median / drift)
  const between = z95 * spread
  const width = (...parts: number[]) => (z99 / z95) * Math.hypot(...parts, between)
  const down = width(below(after), above(before))
  const up = width(above(after), below(before))
  const enough = before.n >= fewest && after.n >= fewest
  return {
    ...pair,
    factor: Math.exp(log),
    low: enough ? Math.exp(log - down) : 0,
    high: enough ? Math.exp(log + up) : Number.POSITIVE_INFINITY,
    visible: enough ? Math.exp(down) : Number.POSITIVE_INFINITY,
    verdict: !enough ? 'too few samples' : log > down ? 'slower' : -log > up ? 'faster' : 'same',
  }
}

function below({ median, low }: Estimate): number {
  return Math.log(median / low)
}

function above({ median, high }: Estimate): number {
  return Math.log(high / median)
}
