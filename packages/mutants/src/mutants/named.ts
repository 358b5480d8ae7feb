import { ConfigError } from '@convkit/api'
import { museum } from '../museum/museum.js'
import { allMutants } from './bank.js'
import type { Mutant } from './mutant.js'

/** The mutant of this name, such as `conv2d/tf32`, of the bank or the museum; throws `ConfigError` where neither has one. */
export function mutantNamed(name: string): Mutant {
  const mutant = [...allMutants, ...museum].find((mutant) => mutant.name === name)
  if (!mutant) throw new ConfigError(`the bank has no mutant ${name}`)
  return mutant
}
