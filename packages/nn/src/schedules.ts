import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { checkAmounts, checkCounts } from './check.js'
import { checkMonitor, isBetter, type Monitor } from './monitor.js'
import { describeSchedule, multiplied, type Schedule } from './schedule.js'
import type { EpochRecord } from './solver/events.js'

export interface CycleOptions {
  /** The largest value. */
  readonly peak: number
  /** The share of the run's steps until then, in [0, 1]; default 0.3, and 0 for `cosine`. */
  readonly warmUp?: number
  /** The value of the first step where there is a warm-up; default peak / 25. */
  readonly start?: number
  /** What the values fall to, which a step after the last would have; default 0. */
  readonly final?: number
}

const cycleOptions: OptionNames<CycleOptions> = { peak: true, warmUp: true, start: true, final: true }

/** How far a part of the schedule has gone at t of [0, 1]. */
type Ramp = (t: number) => number
const linearRamp: Ramp = (t) => t
const cosineRamp: Ramp = (t) => (1 - Math.cos(Math.PI * t)) / 2

/** From `start` up to `peak`, and from there down to `final`, along half waves of a cosine (Smith and Topin 2018). */
export function oneCycle(options: CycleOptions): Schedule {
  return cycle('oneCycle', options, 0.3, [cosineRamp, cosineRamp])
}

/** From `start` up to `peak`, and from there down to `final`, along straight lines (Smith 2017). */
export function triangular(options: CycleOptions): Schedule {
  return cycle('triangular', options, 0.3, [linearRamp, linearRamp])
}

/** After a straight warm-up final + (peak - final) * (1 + cos(pi t)) / 2, t from 0 to 1 (Loshchilov and Hutter 2017). */
export function cosine(options: CycleOptions): Schedule {
  return cycle('cosine', options, 0, [linearRamp, cosineRamp])
}

/** value = from + (to - from) * ramp(t), with t = step / steps over the warm-up, and over the rest. */
function cycle(
  name: string,
  options: CycleOptions,
  usualWarmUp: number,
  [up, down]: readonly [up: Ramp, down: Ramp],
): Schedule {
  const { peak, warmUp = usualWarmUp, start = peak / 25, final = 0 } = checkOptions(name, options, cycleOptions)
  checkAmounts(name, { peak, warmUp, start, final })
  if (warmUp > 1) throw new ConfigError(`${name}: warmUp must be a share of the steps, from 0 to 1, got ${warmUp}`)
  const settings = { peak, warmUp, start, final }
  return describeSchedule({ name, settings, ofLength: true }, ({ step, steps }) => {
    const t = step / steps
    if (t < warmUp) return start + (peak - start) * up(t / warmUp)
    return peak + (final - peak) * (warmUp === 1 ? 1 : down((t - warmUp) / (1 - warmUp)))
  })
}

export interface StepDecayOptions {
  readonly initial: number
  /** Epochs between two steps down. */
  readonly every: number
  /** Default 0.1. */
  readonly factor?: number
}

/** initial * factor^floor(epoch / every). */
export function stepDecay(options: StepDecayOptions): Schedule {
  const known: OptionNames<StepDecayOptions> = { initial: true, every: true, factor: true }
  const { initial, every, factor = 0.1 } = checkOptions('stepDecay', options, known)
  checkAmounts('stepDecay', { initial, factor })
  checkCounts('stepDecay', { every })
  const settings = { initial, every, factor }
  return describeSchedule({ name: 'stepDecay', settings, ofLength: false }, ({ epoch }) =>
    multiplied(initial, factor, Math.floor(epoch / every)),
  )
}

export interface PlateauOptions {
  readonly initial: number
  /** Default 0.1. */
  readonly factor?: number
  /** What tells the better check; default `validationAccuracy`. */
  readonly monitor?: Monitor
  /** Checks on end without a better one after which the value falls; default 10. */
  readonly patience?: number
  /** What the value does not fall below; default 0. */
  readonly minimum?: number
}

const plateauOptions: OptionNames<PlateauOptions> = {
  initial: true,
  factor: true,
  monitor: true,
  patience: true,
  minimum: true,
}

/**
 * initial * factor^n, where n counts how often `patience` checks on end were no better than the best one. It
 * is worked out from the checks so far, which a checkpoint holds.
 */
export function plateau(options: PlateauOptions): Schedule {
  const {
    initial,
    factor = 0.1,
    monitor = 'validationAccuracy',
    ...own
  } = checkOptions('plateau', options, plateauOptions)
  const { patience = 10, minimum = 0 } = own
  checkMonitor('plateau', monitor)
  checkAmounts('plateau', { initial, factor, minimum })
  checkCounts('plateau', { patience })
  const settings = { initial, factor, monitor, patience, minimum }
  return describeSchedule({ name: 'plateau', settings, ofLength: false }, ({ checks }) => {
    let best: EpochRecord | null = null
    let [waited, reductions] = [0, 0]
    for (const check of checks) {
      waited++
      if (isBetter(monitor, check, best)) [best, waited] = [check, 0]
      if (waited < patience) continue
      reductions++
      waited = 0
    }
    return Math.max(multiplied(initial, factor, reductions), minimum)
  })
}
