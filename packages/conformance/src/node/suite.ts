import { allChecks } from '../checks.js'
import type { Check } from '../core/check.js'
import { referenceChecks } from '../reference/checks.js'
import { readReferences } from './references.js'

/** The suite with a check for each reference file and dtype: those that come with it, and those of a folder. */
export async function suite(fixtures: string | null = null): Promise<Check[]> {
  return [...allChecks(), ...referenceChecks(await readReferences(fixtures))]
}
