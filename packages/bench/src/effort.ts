import type { Effort } from '@convkit/conformance'

/** At least 15 samples or 10 s of sampling a row, whichever comes first. */
export const thorough: Effort = { warmUp: 200, samples: 15, enough: 300, most: 10_000 }
/** The same samples of what is fast, and no more than a second of what is slow. */
export const quick: Effort = { warmUp: 40, samples: 15, enough: 40, most: 1000 }
