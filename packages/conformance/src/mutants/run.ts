import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { allChecks } from '../checks.js'
import type { Check } from '../core/check.js'
import type { Mutant } from './mutant.js'

/** The suite met by one mutant, at one seed. */
export interface MutantResult {
  readonly mutant: string
  readonly seed: number
  /** Ids of the checks that it failed; of those that were run. */
  readonly killedBy: readonly string[]
  /** Whether one of them was named beforehand. */
  readonly asNamed: boolean
  readonly ms: number
}

export interface MutantOptions {
  /** Default 231. */
  readonly seed?: number
  /** Random cases a check; default 40. */
  readonly runs?: number
  /** Run every check, for the matrix, instead of stopping at the first that kills. */
  readonly all?: boolean
  /** Default: all of the suite. */
  readonly suite?: readonly Check[]
}

const oracle = createNaive()

/** Lets a mutant meet the checks of what it touches, those that it names first. */
export async function runMutant(mutant: Mutant, options: MutantOptions = {}): Promise<MutantResult> {
  const { seed = 231, runs = 40, all = false, suite = allChecks() } = options
  const killedBy: string[] = []
  const start = Date.now()
  for (const check of checksOf(mutant, suite)) {
    if (await fails(check, mutant.create(), seed, runs)) killedBy.push(check.id)
    if (!all && killedBy.length > 0) break
  }
  const asNamed = killedBy.some((id) => isNamed(mutant, id))
  return { mutant: mutant.name, seed, killedBy, asNamed, ms: Date.now() - start }
}

/** The checks of a mutant's layer, and any others that it names: what it names comes first. */
export function checksOf(mutant: Mutant, suite: readonly Check[]): Check[] {
  const named = mutant.killers.flatMap((killer) => suite.filter(({ id }) => id.startsWith(`${killer}/`)))
  return [...named, ...suite.filter((check) => check.layer === mutant.layer && !named.includes(check))]
}

function isNamed({ killers }: Mutant, id: string): boolean {
  return killers.some((killer) => id.startsWith(`${killer}/`))
}

/** A mutant that throws is noticed as well as one that answers wrongly. */
async function fails(check: Check, backend: Backend, seed: number, runs: number): Promise<boolean> {
  try {
    const { failure } = await check.run({ backend, oracle, seed, runs, shrink: false })
    return failure !== null
  } catch {
    return true
  }
}
