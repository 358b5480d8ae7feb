import type { Effort, Samples } from '@convkit/conformance'
import { estimate } from './statistics/estimate.js'

/** An interval within 4 % of its median can see a change of 10 %. */
function settled(samples: Samples): boolean {
  const { median, low, high } = estimate(samples)
  return high - low < 0.08 * median
}

/** At least 15 samples or 10 s of sampling a row, whichever comes first. */
export const thorough: Effort = { warmUp: 200, samples: 15, enough: 300, most: 10_000, settled }
/** The same samples of what is fast, and no more than a second of what is slow. */
export const quick: Effort = { warmUp: 40, samples: 15, enough: 40, most: 1000, settled }
