import { ConfigError } from '@convkit/api'
import type { EpochRecord } from './solver/events.js'

/** What makes a check better than another: a higher accuracy, or a lower loss, as always where there are no classes. */
export type Monitor = 'validationAccuracy' | 'validationLoss'

export function checkMonitor(owner: string, monitor: Monitor): void {
  if (monitor !== 'validationAccuracy' && monitor !== 'validationLoss')
    throw new ConfigError(`${owner}: monitor must be validationAccuracy or validationLoss, got ${String(monitor)}`)
}

/** Whether a check is better than the best before it; one whose loss is not finite is not. */
export function isBetter(monitor: Monitor, check: EpochRecord, best: EpochRecord | null): boolean {
  const [accuracy, highest] = [check.validationAccuracy, best?.validationAccuracy ?? null]
  if (monitor === 'validationAccuracy' && accuracy !== null) return highest === null || accuracy > highest
  const [own, least] = [check.validationLoss, best?.validationLoss ?? null]
  return own !== null && (least === null || own < least)
}
