import { type Schedule, schedules } from '@convkit/nn'
import { monitorOf } from './monitor.js'
import type { TrainingSettings } from './settings.js'

/** What the settings say of the learning rate. */
export function learningRateOf(settings: TrainingSettings): number | Schedule {
  const { schedule, learningRate, warmUp, decayEvery, decayPatience, decayFactor } = settings
  if (schedule === 'constant' || typeof learningRate === 'function') return learningRate
  const fall = { initial: learningRate, factor: decayFactor }
  if (schedule === 'stepDecay') return schedules.stepDecay({ ...fall, every: decayEvery })
  if (schedule === 'plateau')
    return schedules.plateau({ ...fall, patience: decayPatience, monitor: monitorOf(settings) })
  return schedules[schedule]({ peak: learningRate, ...(warmUp !== undefined && { warmUp }) })
}

/** Why those settings do nothing that another schedule has; false where it is this one. */
export function idleOfSchedule({ schedule }: TrainingSettings) {
  const unless = (...owners: readonly TrainingSettings['schedule'][]) =>
    !owners.includes(schedule) && `it is for the schedule ${owners.join(', ')}, and this one is ${schedule}`
  return {
    warmUp: unless('oneCycle', 'triangular', 'cosine'),
    decayEvery: unless('stepDecay'),
    decayPatience: unless('plateau'),
    decayFactor: unless('stepDecay', 'plateau'),
  }
}
