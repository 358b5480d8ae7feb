/** How long other work may have to wait, in milliseconds. */
const patience = 50

/**
 * Lets timers, signals and page events in, at most every 50 ms. Needed because a backend that computes before it
 * returns resolves every `read` at once, and promises alone never let go of the event loop.
 */
export function createPause(): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < patience) return
    await new Promise<void>((resolve) => setTimeout(resolve))
    last = performance.now()
  }
}
