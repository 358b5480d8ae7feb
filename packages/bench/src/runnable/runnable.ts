import { mapValues } from '@convkit/api'
import type { Status } from '../report.js'
import type { Pass } from '../workload/workload.js'

/** Why something has no time. */
export interface Refusal {
  readonly status: Exclude<Status, 'measured'>
  readonly reason: string
}

export const unsupported = (reason: string): Refusal => ({ status: 'unsupported', reason })
export const leftOut = (reason: string): Refusal => ({ status: 'left out', reason })

/** The passes of one workload on one contender, with inputs in place: what is timed. */
export interface Runnable extends Disposable {
  readonly calls: { readonly [P in Pass]?: Call }
  /** Why the passes that are not among the calls are not. */
  readonly missing: { readonly [P in Pass]?: Refusal }
  /** Milliseconds of the first call of a pass, compiling included. */
  readonly first: { readonly [P in Pass]?: number }
  /** Waits for what was queued; inside the timed region. */
  sync(): Promise<unknown>
  /** Makes the contender the one that calls go to, outside the timed region. */
  enter?(): Promise<unknown>
}

/** Returns a promise where the library has no other way. */
export type Call = () => unknown

/** Calls each in turn, so that no call finds its operands where the call before has left them. */
export function rotate(runnables: readonly Runnable[]): Runnable {
  const [first, ...others] = runnables
  if (!first || others.length === 0) throw new Error('rotate: wants at least two')
  return {
    ...first,
    calls: mapValues(first.calls, (_, pass) => {
      let turn = 0
      const calls = runnables.flatMap(({ calls }) => calls[pass] ?? [])
      return () => calls[turn++ % calls.length]()
    }),
    [Symbol.dispose]() {
      for (const runnable of runnables) runnable[Symbol.dispose]()
    },
  }
}

/** Milliseconds until a call is done. */
export async function timeOfCall(call: Call, sync: Runnable['sync']): Promise<number> {
  const start = performance.now()
  await call()
  await sync()
  return performance.now() - start
}
