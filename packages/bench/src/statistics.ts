import { median, min } from 'simple-statistics'

/** What the samples of one measurement come down to, in milliseconds. */
export interface Time {
  /** The run that was disturbed least; ratios are of these. */
  readonly min: number
  readonly median: number
}

export function timeOf(milliseconds: readonly number[]): Time {
  const list = [...milliseconds]
  return { min: min(list), median: median(list) }
}

/** How many times as long `slow` takes: minimum over minimum, and median over median. */
export function ratio(slow: Time, fast: Time): Time {
  return { min: slow.min / fast.min, median: slow.median / fast.median }
}

/** GFLOP/s, or GB/s, of so many operations or bytes in the shortest time. */
export function giga(amount: number, time: Time): number {
  return amount / time.min / 1e6
}
