import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { checkAmounts, checkCounts } from './check.js'
import { describeSchedule, multiplied, type Schedule } from './schedule.js'

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
  /** Checks on end without a better validation accuracy after which the value falls; default 10. */
  readonly patience?: number
  /** What the value does not fall below; default 0. */
  readonly minimum?: number
}

/**
 * initial * factor^n, where n counts how often `patience` checks on end had no validation accuracy above the best one. It
 * is worked out from the checks so far, which a checkpoint holds.
 */
export function plateau(options: PlateauOptions): Schedule {
  const known: OptionNames<PlateauOptions> = { initial: true, factor: true, patience: true, minimum: true }
  const { initial, factor = 0.1, patience = 10, minimum = 0 } = checkOptions('plateau', options, known)
  checkAmounts('plateau', { initial, factor, minimum })
  checkCounts('plateau', { patience })
  const settings = { initial, factor, patience, minimum }
  return describeSchedule({ name: 'plateau', settings, ofLength: false }, ({ checks }) => {
    let [best, waited, reductions] = [-1, 0, 0]
    for (const { validationAccuracy } of checks) {
      waited = validationAccuracy > best ? 0 : waited + 1
      best = Math.max(best, validationAccuracy)
      if (waited < patience) continue
      reductions++
      waited = 0
    }
    return Math.max(multiplied(initial, factor, reductions), minimum)
  })
}
