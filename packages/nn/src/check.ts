import { ConfigError } from '@convkit/api'

/** Each value an integer of at least 1. Throws a `ConfigError` that names the owner and the option. */
export function checkCounts(owner: string, counts: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`${owner}: ${name} must be an integer of at least 1, got ${value}`)
}

/** Each value finite and at least 0. Throws a `ConfigError` that names the owner and the option. */
export function checkAmounts(owner: string, amounts: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(amounts))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new ConfigError(`${owner}: ${name} must be a finite number of at least 0, got ${value}`)
}
