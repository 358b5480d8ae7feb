/** The first line of an error: libvips, for one, adds a line for every stage that noticed. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
