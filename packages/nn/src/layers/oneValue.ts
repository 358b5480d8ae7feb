import type { Mode } from '../layer.js'

/** Tells of a norm whose mean is that of `count` = 1 value: x - mean = 0, so y = beta whatever x is, and dx = 0. */
export function warnOfOneValue(
  { train, onWarning }: Mode,
  name: string,
  count: number,
  each: string,
  advice: string,
): void {
  if (train && count === 1)
    onWarning?.(`${name} normalises one value a ${each}: what it gives does not depend on the image (${advice})`)
}
