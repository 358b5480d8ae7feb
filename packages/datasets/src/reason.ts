import { reasonOf } from '@convkit/files'

/** The first line of an error, in words: libvips, for one, adds a line for every stage that noticed. */
export function reason(error: unknown): string {
  const message = reasonOf(error)
  return message.split('\n')[0] ?? message
}

/** What to do about the name of a file where that is why it is not found: it holds what takes the place of other bytes. */
export function nameHint(path: string): string {
  return path.includes('\ufffd') ? '; its name is not UTF-8: rename it' : ''
}
