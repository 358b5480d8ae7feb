import type { Case } from './case.js'

/** In words, where the two numbers that a law relates come from: [`with dx left out`, `with every gradient`]. */
export type Sides = readonly [got: string, expected: string]

/** Where a result broke a law, at its worst element. */
export interface Evidence {
  readonly law: string
  readonly output: string
  readonly index: readonly number[]
  /** What the definition gives, or where there are `sides`, what the backend itself gave elsewhere. */
  readonly expected: number
  readonly got: number
  /** The largest error the law allows there. */
  readonly bound: number
  /** How many elements broke the law, of how many. */
  readonly broken: number
  readonly of: number
  readonly sides?: Sides
}

/** A law that does not hold, with the case that shows it. */
export class Violation extends Error {
  readonly case: Case | null
  readonly evidence: Evidence | null

  constructor(message: string, options: { case?: Case | null; evidence?: Evidence | null; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Violation'
    this.case = options.case ?? null
    this.evidence = options.evidence ?? null
  }
}
