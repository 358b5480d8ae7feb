// What a process of its own does with a mutant.
import { mutantNamed } from './mutants/named.js'
import { type MutantOptions, type MutantResult, runMutant } from './mutants/run.js'

export interface About extends Required<Omit<MutantOptions, 'suite'>> {
  readonly mutant: string
}

export function carryOut({ mutant, ...options }: About): Promise<MutantResult> {
  return runMutant(mutantNamed(mutant), options)
}
