/** The number that a text says in decimal; undefined for all else: hexadecimal, spaces, `1_000`, other scripts' digits. */
export function numberOf(text: string): number | undefined {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined
  const value = Number(text)
  // -0 is 0.
  return value === 0 ? 0 : value
}

/** A text as it was typed: a number bare, all else in quotes. */
export function asTyped(text: string): string {
  return numberOf(text) === undefined ? JSON.stringify(shortened(text)) : shortened(text)
}

export function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
