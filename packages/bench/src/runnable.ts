import type { Pass } from './workload.js'

/** The passes of one workload on one contender, with inputs in place: what is timed. */
export interface Runnable extends Disposable {
  readonly calls: { readonly [P in Pass]?: Call }
  /** Why the passes that are not among the calls are not. */
  readonly missing: { readonly [P in Pass]?: string }
  /** Waits for what was queued; inside the timed region. */
  sync(): Promise<unknown>
  /** Makes the contender the one that calls go to, outside the timed region. */
  enter?(): Promise<unknown>
}

/** Returns a promise where the library has no other way. */
export type Call = () => unknown
