import type { Runtime } from '../runtime.js'

/** The smallest normal number. */
export function least({ dtype }: Runtime): number {
  return dtype === 'float32' ? 2 ** -126 : 2 ** -1022
}
