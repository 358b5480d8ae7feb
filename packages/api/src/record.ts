/** The keys of an object literal, which are those that its type has. */
export function keysOf<T extends object>(literal: T): (keyof T & string)[] {
  return Object.keys(literal) as (keyof T & string)[]
}

/** What `make` makes of each value of an object literal, under the same keys. */
export function mapValues<T extends object, R>(
  literal: T,
  make: (value: T[keyof T], key: keyof T & string) => R,
): { readonly [K in keyof T]: R } {
  const made = keysOf(literal).map((key) => [key, make(literal[key], key)])
  return Object.fromEntries(made) as { readonly [K in keyof T]: R }
}
