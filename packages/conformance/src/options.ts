import type { Backend } from '@convkit/api'
import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { checkSeed } from '@convkit/data'
import type { Check } from './core/check.js'
import type { Selection } from './select.js'

export const conformanceOptions: OptionNames<ConformanceOptions> = {
  only: true,
  layer: true,
  dtype: true,
  path: true,
  replay: true,
  seed: true,
  runs: true,
  thorough: true,
  timeLimit: true,
  loadLimit: true,
  skips: true,
  reproduce: true,
  checks: true,
  oracle: true,
  command: true,
  environment: true,
}

/** The options that are set. Throws `ConfigError` for a name that is not known and a value that is out of range. */
export function checkRun<T extends ConformanceOptions>(owner: string, options: T, names: OptionNames<T>): T {
  const given = checkOptions(owner, options, names)
  const { seed = 0, runs = 1, timeLimit = 1, loadLimit = 1, only = [], layer = [], skips = [], dtype } = given
  checkSeed(owner, seed)
  checkCounts(owner, { runs, timeLimit, loadLimit })
  for (const [name, list] of Object.entries({ only, layer, skips }))
    if (!Array.isArray(list)) throw new ConfigError(`${owner}: ${name} must be an array, got ${String(list)}`)
  if (dtype !== undefined && dtype !== 'float32' && dtype !== 'float64')
    throw new ConfigError(`${owner}: dtype must be float32 or float64, got ${String(dtype)}`)
  return given
}

/** Each a whole number of at least 1. Throws `ConfigError` with the owner and the option. */
export function checkCounts(owner: string, counts: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`${owner}: ${name} must be a whole number of at least 1, got ${String(value)}`)
}

/** A check that a backend is known to fail. It is run all the same, and may not pass. */
export interface Skip {
  /** Exact. */
  readonly id: string
  readonly reason: string
}

export interface ConformanceOptions extends Selection {
  /** Default 231. */
  readonly seed?: number
  /** Random cases a check; default 40. */
  readonly runs?: number
  /** Ten times the cases and the time limit. */
  readonly thorough?: boolean
  /** Milliseconds a check may take, and after that its last case; default 20,000. */
  readonly timeLimit?: number
  /** Milliseconds that making the backend may take; default 60,000. */
  readonly loadLimit?: number
  readonly skips?: readonly Skip[]
  /** Whether failures are run again on fresh backends before they are reported; default true. */
  readonly reproduce?: boolean
  /** Default: all of the suite. */
  readonly checks?: readonly Check[]
  /** What expected values come from; default the naive backend. */
  readonly oracle?: Backend
  /** What a reproduction starts with; default `npx convkit conformance <name>`; null: there is no command. */
  readonly command?: string | null
  /** Recorded in the report: versions, processor, ... */
  readonly environment?: { readonly [name: string]: string }
}
