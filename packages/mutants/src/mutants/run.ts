import { createNaive } from '@convkit/backend-naive'
import { allChecks } from '@convkit/conformance/internal/checks'
import { type Check, defaultRuns, type Failure } from '@convkit/conformance/internal/core/check'
import { execute } from '@convkit/conformance/internal/execute'
import { isWrong } from '@convkit/conformance/internal/report/report'
import type { Mutant } from './mutant.js'

/** A check that a mutant failed. */
export interface Kill {
  readonly id: string
  /** Whether the mutant names it. */
  readonly named: boolean
  /** How many cases it took, where the check counts them. */
  readonly cases: number | null
  /** What was wrong in that case: an element and its value, or what was thrown. */
  readonly seen: string
}

/** A mutant that met the suite at one seed. */
export interface MutantResult {
  readonly mutant: string
  readonly seed: number
  readonly kills: readonly Kill[]
  readonly ms: number
}

export interface MutantOptions {
  /** Default 231. */
  readonly seed?: number
  /** Random cases a check; default 40. */
  readonly runs?: number
  /** Stop at the first check that kills, instead of running all for the matrix. */
  readonly firstOnly?: boolean
  /** Default: all of the suite. */
  readonly suite?: readonly Check[]
}

const oracle = createNaive()
const timeLimit = 60_000

/** Lets a mutant meet the checks of what it touches, those that it names first. */
export async function runMutant(mutant: Mutant, options: MutantOptions = {}): Promise<MutantResult> {
  const { seed = 231, runs = defaultRuns, firstOnly = false, suite = allChecks() } = options
  const kills: Kill[] = []
  const start = Date.now()
  for (const check of checksOf(mutant, suite)) {
    const create = () => mutant.create()
    const context = { backend: create(), create, oracle, seed, runs, shrink: false }
    const { result } = await execute(check, context, timeLimit)
    if (result.failure && isWrong(result))
      kills.push({
        id: check.id,
        named: isNamed(mutant, check),
        cases: result.failure.path === null ? null : Number.parseInt(result.failure.path, 10) + 1,
        seen: seenIn(result.failure),
      })
    if (firstOnly && kills.length > 0) break
  }
  return { mutant: mutant.name, seed, kills, ms: Date.now() - start }
}

/** What a mutant names, in that order, then the other checks of its layer. */
export function checksOf(mutant: Mutant, suite: readonly Check[]): Check[] {
  const named = mutant.killers.flatMap((killer) => suite.filter(({ id }) => id.startsWith(`${killer}/`)))
  return [...new Set([...named, ...suite.filter(({ layer }) => layer === mutant.layer)])]
}

function isNamed({ killers }: Mutant, { id }: Check): boolean {
  return killers.some((killer) => id.startsWith(`${killer}/`))
}

function seenIn({ evidence, message }: Failure): string {
  return evidence ? `${evidence.output}[${evidence.index}] = ${evidence.got}` : message
}
