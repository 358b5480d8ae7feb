import type { Data } from '@convkit/api'

/**
 * The processes that train one model together, as each of them sees it. All calls but `abort` are collective: every rank
 * makes the same ones in the same order, with arrays of equal type and length. A call may return before it is done; calls
 * are carried out in order, and an array belongs to its call until the promise resolves.
 */
export interface Communicator {
  /** Of this process, in [0, size). */
  readonly rank: number
  readonly size: number
  /** data[i] = the sum, minimum or maximum of every rank's data[i]; the same bits on every rank, and every time. Default sum. */
  allreduce(data: Data, operation?: Operation): Promise<void>
  /** data[i] = that of rank `root`; default 0. */
  broadcast(data: Data, root?: number): Promise<void>
  /** Done when every rank has come here. */
  barrier(): Promise<void>
  /** Ends every rank's process, this one too, with an exit code that is not 0. For errors that other ranks cannot know of. */
  abort(code: number): void
}

export type Operation = 'sum' | 'min' | 'max'
