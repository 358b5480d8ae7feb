import type { Samples, SamplingBudget } from '@convkit/conformance'
import { estimate } from './statistics/estimate.js'

/** An interval within 4 % of its median can see a change of 10 %. */
function settled(samples: Samples): boolean {
  const { median, low, high } = estimate(samples)
  return high - low < 0.08 * median
}

/** What a run is worth, over all of its processes. */
export interface SamplingPlan extends SamplingBudget {
  /** What processes differ in (addresses, what the compiler made of the code) is noise too, and has to be sampled. */
  readonly processes: number
  /** Seconds that one call of another library may take. */
  readonly patienceSeconds: number
}

/** At least 15 samples or 10 s of sampling a row, whichever comes first. */
export const thorough: SamplingPlan = {
  processes: 2,
  patienceSeconds: 5,
  warmUpMs: 60,
  samples: 15,
  enoughMs: 90,
  mostMs: 10_000,
  settled,
}
/** The same samples of what is fast, and no more than a second of what is slow. */
export const quick: SamplingPlan = {
  processes: 2,
  patienceSeconds: 0.1,
  warmUpMs: 40,
  samples: 15,
  enoughMs: 40,
  mostMs: 1000,
  settled,
}

const fewest = 3

/** What each process does of a plan; what is slow is left to the first. */
export function shareOf({ processes, patienceSeconds: _, ...budget }: SamplingPlan, process: number): SamplingBudget {
  return {
    ...budget,
    samples: Math.ceil(budget.samples / processes),
    fewestSamples: process === 0 ? fewest : 1,
    enoughMs: budget.enoughMs / processes,
    mostMs: budget.mostMs / processes,
  }
}
