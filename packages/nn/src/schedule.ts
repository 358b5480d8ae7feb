import { ConfigError } from '@convkit/api'
import type { Hyperparameters } from './layer.js'
import { digestOfText } from './solver/digest.js'
import type { EpochRecord } from './solver/events.js'
import { under } from './under.js'

/** Where a run stands before a step. */
export interface RunProgress {
  /** Steps taken: 0 at the first. */
  readonly step: number
  /** Steps of the whole run. */
  readonly steps: number
  /** Epochs completed. */
  readonly epoch: number
  readonly epochs: number
  /** The checks so far, first to last. */
  readonly checks: readonly EpochRecord[]
}

/**
 * A hyperparameter's value at each step, of the progress alone: a run that is resumed calls it anew. A checkpoint knows
 * one of your own by its code, and not by the variables that it reads.
 */
export type Schedule = (progress: RunProgress) => number

/** Whether it is a finite number or a schedule. */
export function isRate(value: unknown): value is number | Schedule {
  return typeof value === 'function' || (typeof value === 'number' && Number.isFinite(value))
}

interface Description {
  readonly name: string
  readonly settings: Hyperparameters
  /** Whether its values depend on the length of the run. */
  readonly ofLength: boolean
}

const described = new WeakMap<Schedule, Description>()

/** For a schedule whose code does not say all there is to it: its name tells its settings, `triangular(peak=0.1,warmUp=0.3)`. */
export function describeSchedule(description: Description, schedule: Schedule): Schedule {
  described.set(schedule, description)
  const settings = Object.entries(description.settings).map(([name, value]) => `${name}=${value}`)
  return Object.defineProperty(schedule, 'name', { value: `${description.name}(${settings.join(',')})` })
}

/** What a fingerprint holds of a hyperparameter: the number, or the schedule's name and settings. */
export function entriesOf(name: string, value: number | Schedule): Hyperparameters {
  if (typeof value === 'number') return { [name]: value }
  const own = described.get(value)
  return own
    ? { [name]: own.name, ...under(name, own.settings) }
    : { [name]: `function ${digestOfText(String(value))}` }
}

/** Whether the value at a step depends on how many there are; of a function of one's own that is not known. */
export function isOfLength(value: number | Schedule): boolean {
  return typeof value === 'function' && (described.get(value)?.ofLength ?? true)
}

/** Throws `ConfigError` for a schedule without progress, and for a value that is not a finite number. */
export function valueAt(name: string, value: number | Schedule, progress?: RunProgress): number {
  if (typeof value === 'number') return value
  if (!progress) throw new ConfigError(`optimizer: ${name} is a schedule; give step the progress`)
  const now = value(progress)
  if (!Number.isFinite(now))
    throw new ConfigError(
      `optimizer: the schedule of ${name} gave ${String(now)} at step ${progress.step}; it must give a finite number`,
    )
  return now
}

/** value * factor^times, multiplied out: `**` may differ in the last bit from engine to engine. */
export function multiplied(value: number, factor: number, times: number): number {
  let product = value
  for (let i = 0; i < times; i++) product *= factor
  return product
}
