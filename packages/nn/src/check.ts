import { ConfigError, formatShape, type Shape, ShapeError } from '@convkit/api'

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

/** The axes (N, C, H, W). Throws a `ShapeError` that names the owner where there are others. */
export function checkImages(owner: string, x: Shape): readonly [n: number, channels: number, inH: number, inW: number] {
  const [n, channels, inH, inW] = x
  if (x.length !== 4) throw new ShapeError(`${owner}: x must have 4 axes (N, C, H, W), got ${formatShape(x)}`)
  return [n, channels, inH, inW]
}
