import { ConfigError, type FloatDType } from '@convkit/api'
import type { Check } from './core/check.js'
import { casesIn } from './core/paths.js'
import type { ConformanceOptions } from './options.js'
import { type Step, stepsIn } from './replay/steps.js'
import { select } from './select.js'

/** A check whose result counts, with all that runs for it. */
export interface Planned {
  readonly check: Check
  /** The check itself is the last. */
  readonly steps: readonly Step[]
}

/** What a run consists of. Throws `ConfigError` for names that do not exist, cases that cannot be read, and no check at all. */
export function planOf(suite: readonly Check[], dtypes: readonly FloatDType[], options: ConformanceOptions): Planned[] {
  const { path = null, replay } = options
  if (path !== null) casesIn(path)
  if (!replay) return select(suite, dtypes, options).map((check) => ({ check, steps: [{ id: check.id, cases: path }] }))
  const steps = stepsIn(replay)
  const checks = steps.map(({ id }) => {
    const check = suite.find((check) => check.id === id)
    if (!check) throw new ConfigError(`--replay: no check is named ${id}`)
    return check
  })
  return checks.slice(-1).map((check) => ({ check, steps }))
}

/** Whether failures are to be run again: what names its cases is a reproduction itself. */
export function reproduces({ path, replay, reproduce = true }: ConformanceOptions): boolean {
  return reproduce && path === undefined && replay === undefined
}
