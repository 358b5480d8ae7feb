import type { Data } from '@convkit/api'
import { Violation } from '../core/violation.js'

/** Throws a `Violation` where results differ in a bit from those of the same call on storages that no call has seen. */
export function sameData(what: string, got: readonly Data[], right: readonly Data[]): void {
  for (const [k, data] of right.entries()) {
    const at = data.findIndex((value, i) => !Object.is(value, got[k][i]))
    if (at !== -1)
      throw new Violation(`${what} gives ${got[k][at]} at ${at}, and ${data[at]} of the same numbers in new storages`)
  }
}
