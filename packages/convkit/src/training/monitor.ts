import type { Monitor } from '@convkit/nn'
import type { TrainingSettings } from './settings.js'

/** What tells the best check of a run with these settings. */
export function monitorOf({ monitor, targets }: TrainingSettings): Monitor {
  return monitor ?? (targets === 'images' ? 'validationLoss' : 'validationAccuracy')
}
