import type { CheckOutcome } from './check.js'

/** So few cases a check has to run at least: a fault that all of them find with 99 % is found by half of them with 90 %. */
export function floorOf(wanted: number): number {
  return Math.ceil(wanted / 2)
}

/** Why a check that found nothing wrong ran too few cases to be passed, and what to do; null where it ran enough. */
export function whyIncomplete({ cases, wanted = 1, late }: CheckOutcome, timeLimit: number): string | null {
  if (cases >= floorOf(wanted)) return null
  const few = `${cases} of ${wanted} cases ran, fewer than the ${floorOf(wanted)} that it takes`
  if (!late) return `${few}: of the others the law said nothing, or no element had a finite bound`
  const times = Math.ceil(wanted / Math.max(1, cases))
  return `${few}, before its time was out: --time-limit, now ${timeLimit / 1000} s a check, has to be about ${times} times as long`
}
