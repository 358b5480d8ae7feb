import { ConfigError } from './errors.js'
import { didYouMean } from './nearest.js'

/** The names that an options object may have, each written once: the compiler finds one too many or too few. */
export type OptionNames<T> = { readonly [K in keyof T]-?: true }

/**
 * The options that are set: those that are undefined are left out, so that defaults apply. Throws a `ConfigError` for
 * anything but an object, and for a name that is not known, with the one that was probably meant.
 */
export function checkOptions<T extends object>(owner: string, options: T, known: OptionNames<T>): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ConfigError(`${owner}: options must be an object, got ${options === null ? 'null' : typeof options}`)
  const names = Object.keys(known)
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !Object.hasOwn(known, name))
      throw new ConfigError(
        `${owner}: there is no option ${name}${didYouMean(name, names)} (known: ${names.join(', ') || 'none'})`,
      )
  // Fewer entries of the same type.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

/** Throws a `ConfigError` for a value that is neither true nor false nor left out. */
export function checkSwitches(owner: string, switches: { readonly [name: string]: boolean | undefined }): void {
  for (const [name, value] of Object.entries(switches))
    if (value !== undefined && typeof value !== 'boolean')
      throw new ConfigError(`${owner}: ${name} must be true or false, got ${String(value)}`)
}
