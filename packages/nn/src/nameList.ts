import { cut } from './cut.js'

/** The first five, and how many more there are: for a message of one line. */
export function firstOf(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).join(', ')
  return texts.length > 5 ? `${shown} and ${texts.length - 5} more` : shown
}

/** The same of names from a file, which may be long. */
export function nameList(names: readonly string[]): string {
  return firstOf(names.map(cut))
}
