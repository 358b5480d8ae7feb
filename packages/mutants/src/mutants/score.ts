import type { MutantResult } from './run.js'

export interface MutationScore {
  readonly mutants: number
  /** Dead by a check that they name. */
  readonly killed: number
  /** Those that no check kills. */
  readonly survivors: readonly string[]
  /** Those that die, but by no check that they name. */
  readonly unforeseen: readonly string[]
  /** Mutants that cannot be told apart: the same checks fail, after as many cases, with the same wrong value. */
  readonly twins: readonly (readonly string[])[]
}

export function mutationScore(results: readonly MutantResult[]): MutationScore {
  const survivors = results.filter(({ kills }) => kills.length === 0)
  const unforeseen = results.filter(({ kills }) => kills.length > 0 && !kills.some(({ named }) => named))
  const outcomes = new Map<string, string[]>()
  for (const { mutant, kills } of results) {
    const outcome = JSON.stringify(kills.map(({ id, cases, seen }) => [id, cases, seen]).sort())
    outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), mutant])
  }
  return {
    mutants: results.length,
    killed: results.length - survivors.length - unforeseen.length,
    survivors: survivors.map(({ mutant }) => mutant),
    unforeseen: unforeseen.map(({ mutant }) => mutant),
    twins: [...outcomes.values()].filter((names) => names.length > 1),
  }
}
