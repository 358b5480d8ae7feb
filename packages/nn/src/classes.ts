import { ConfigError } from '@convkit/api'
import type { Model } from './model.js'

/** How many classes a model tells apart. Throws `ConfigError` for one whose output is no class scores. */
export function classesOf({ name, numClasses }: Pick<Model, 'name' | 'numClasses'>): number {
  if (numClasses === null)
    throw new ConfigError(`${name}: its loss compares values, so it has no classes; read its output by scores`)
  return numClasses
}
