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
  /** By how much intervals are too narrow for how far rows move from run to run: at least 1. */
  readonly inflation: number
}

/** What is below no clock can tell apart. */
const resolution = 1e-3
/** Fewer samples than this have no interval that covers 95 %. */
const fewest = 6
/** How sure one wants to be of a change: quantiles of the normal distribution. */
export const levels = {
  /** 99 %: of many rows that have not changed, one of a hundred may look as if it had. */
  usual: 2.575829,
  /** 99.9 %, where a mistake stops somebody. */
  strict: 3.290527,
} as const
const z95 = 1.959964
/** A median absolute deviation as the standard deviation of a normal distribution (1 / 0.6745). */
const toDeviation = 1.4826

/**
 * From rows that nothing was changed in: how far they moved in units of what their intervals allow (Birge's ratio, with a
 * median instead of a mean, which a few outliers would decide).
 */
export function noiseOf(controls: readonly Pair[]): Noise {
  const able = controls.filter(({ before, after }) => before.n >= fewest && after.n >= fewest)
  if (able.length === 0) return { drift: 1, inflation: 1 }
  const drift = median(able.map(logOf))
  const units = able.map((pair) => {
    const log = logOf(pair) - drift
    return Math.abs(log) / (widthOf(pair, log > 0) / z95)
  })
  return { drift: Math.exp(drift), inflation: Math.max(1, toDeviation * median(units)) }
}

function logOf({ before, after }: Pair): number {
  return Math.log(after.median / before.median)
}

/** Half of the interval of a change, on the side of no change: both intervals' variances added; at 95 %. */
function widthOf({ before, after }: Pair, slower: boolean): number {
  const width = slower ? Math.hypot(below(after), above(before)) : Math.hypot(above(after), below(before))
  return Math.max(width, resolution)
}

/**
 * Whether the change of a row is beyond the noise: logarithms of medians, the half-widths of their order-statistic
 * intervals added as variances and inflated to `level`.
 */
export function judge(pair: Pair, { drift, inflation }: Noise, level: number = levels.usual): Change {
  const { before, after } = pair
  const log = logOf(pair) - Math.log(drift)
  const half = (slower: boolean) => (level / z95) * inflation * widthOf(pair, slower)
  const [down, up] = [half(true), half(false)]
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
