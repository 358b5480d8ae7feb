import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { checkSeed } from '@convkit/data'
import type { ConformanceOptions } from './conformance.js'

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
