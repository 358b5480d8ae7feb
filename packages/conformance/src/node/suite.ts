import { allChecks } from '../checks.js'
import type { Check } from '../core/check.js'

/** The suite, and a check for each reference file and dtype where a folder is given. */
export async function suite(_fixtures: string | null): Promise<Check[]> {
  return allChecks()
}
