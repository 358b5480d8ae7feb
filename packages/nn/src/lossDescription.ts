import { ConfigError } from '@convkit/api'
import type { LossDescription, LossSpec } from './loss.js'
import { binaryCrossEntropyWithLogits, meanSquaredError, softmaxCrossEntropy, svmLoss } from './losses.js'

/** Those that have a name. */
export const namedLosses = { softmaxCrossEntropy, svmLoss, meanSquaredError, binaryCrossEntropyWithLogits }

export function isNamedLoss(name: string): name is keyof typeof namedLosses {
  return Object.hasOwn(namedLosses, name)
}

/** Null for a loss of one's own, even one that bears a name of the library's. */
export function describeLoss({ name, hyperparameters = {}, forward }: LossSpec): LossDescription | null {
  const description = { name, hyperparameters }
  try {
    return String(madeOf(description)?.forward) === String(forward) ? description : null
  } catch (error) {
    if (error instanceof ConfigError) return null
    throw error
  }
}

/** Throws `ConfigError` for a description of no loss of the library's. */
export function lossOf(description: LossDescription): LossSpec {
  const loss = madeOf(description)
  if (loss) return loss
  const names = Object.keys(namedLosses).join(', ')
  throw new ConfigError(`${shown(description)} is no loss of this library's, which are ${names}`)
}

/** Null where there is no loss of this name and exactly these hyperparameters. */
function madeOf(description: LossDescription): LossSpec | null {
  const { name, hyperparameters } = description
  if (!isNamedLoss(name)) return null
  const options = Object.entries(hyperparameters).map(([key, value]) => [
    key,
    typeof value === 'string' ? numbersIn(value) : value,
  ])
  // What they say is checked by the loss itself.
  const loss: LossSpec = (namedLosses[name] as (options: object) => LossSpec)(Object.fromEntries(options))
  return shown({ name, hyperparameters: loss.hyperparameters ?? {} }) === shown(description) ? loss : null
}

/** Hyperparameters that are lists stand as text. */
function numbersIn(text: string): readonly number[] {
  return text.split(',').map(Number)
}

function shown({ name, hyperparameters }: LossDescription): string {
  return `${name}(${JSON.stringify(Object.fromEntries(Object.entries(hyperparameters).sort()))})`
}
