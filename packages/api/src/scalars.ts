import { ConfigError } from './errors.js'
import { checkOptions } from './options.js'
import { keysOf } from './record.js'

/** The hyperparameters of a formula, by name. */
export type Scalars<Name extends string> = { readonly [N in Name]: number }

/** All of them, those that are not given by default. Throws `ConfigError` for other names and for what is not finite. */
export function fillScalars<Name extends string>(
  owner: string,
  defaults: Scalars<Name>,
  given: Partial<Scalars<Name>>,
): Scalars<Name> {
  const scalars: Scalars<Name> = { ...defaults, ...checkOptions<object>(owner, given, defaults) }
  for (const name of keysOf(scalars))
    if (!Number.isFinite(scalars[name]))
      throw new ConfigError(`${owner}: ${name} must be a finite number, got ${String(scalars[name])}`)
  return scalars
}
