import { binomialDistribution } from 'simple-statistics'

/** What the samples of a row come down to, in milliseconds. */
export interface Estimate {
  readonly median: number
  /** An interval that holds the true median with a probability of `coverage`, whatever the distribution. */
  readonly low: number
  readonly high: number
  readonly coverage: number
  readonly n: number
}

const wanted = 0.95

/**
 * The sample median and the narrowest pair of order statistics x(k), x(n+1-k) whose interval covers the true median at
 * 95 % (David and Nagaraja 2003, section 7.1): the number of samples below it is binomial. With fewer than 6 samples not
 * even the smallest and the largest do; they are taken, with the coverage that they have.
 */
export function estimate(samples: readonly number[]): Estimate {
  const sorted = samples.toSorted((a, b) => a - b)
  const n = sorted.length
  const [rank, coverage] = rankOf(n)
  const at = (index: number) => sorted[index] ?? Number.NaN
  return {
    median: (at((n - 1) >> 1) + at(n >> 1)) / 2,
    low: at(rank - 1),
    high: at(n - rank),
    coverage,
    n,
  }
}

/** The largest k for which P(x(k) <= median <= x(n+1-k)) is at least 95 %, and that probability; 1 where there is none. */
function rankOf(n: number): [rank: number, coverage: number] {
  if (n < 2) return [1, 0]
  const probabilities = binomialDistribution(n, 0.5) ?? []
  let outside = 0
  let found: [number, number] | null = null
  for (let k = 1; 2 * k <= n; k++) {
    outside += 2 * probabilities[k - 1]
    found = found === null || 1 - outside >= wanted ? [k, 1 - outside] : found
  }
  return found ?? [1, 0]
}

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** How many times as long `slow` takes: medians over each other, and the interval that both intervals allow. */
export function ratio(slow: Estimate, fast: Estimate): Interval {
  return { value: slow.median / fast.median, low: slow.low / fast.high, high: slow.high / fast.low }
}

/** GFLOP/s, or GB/s, of so many operations or bytes in so many milliseconds. */
export function giga(amount: number, milliseconds: number): number {
  return amount / milliseconds / 1e6
}
