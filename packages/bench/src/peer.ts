import type { Case, Results } from '@convkit/conformance'
import type { Runnable } from './runnable/runnable.js'
import type { LayerWorkload, Pass } from './workload/workload.js'

/** Another library, in float32 on one thread. */
export interface Peer {
  readonly name: string
  readonly description: string
  prepare(workload: LayerWorkload, c: Case): Promise<PeerRunnable>
}

/** Passes that a peer cannot do are not among its calls but among the missing, with the reason. */
export interface PeerRunnable extends Omit<Runnable, 'first'> {
  /** What the last call of a pass gave, in convkit's layouts and under its names. */
  results(pass: Pass): Promise<Results>
}

/** What a module of peers exports. */
export interface PeerModule {
  /**
   * Loads the libraries; one that cannot be loaded is absent, with the reason. A call that is bound to take more than
   * `patienceSeconds` is left out.
   */
  createPeers(options: { readonly patienceSeconds: number }): Promise<{
    readonly peers: readonly Peer[]
    readonly absent: readonly { readonly name: string; readonly reason: string }[]
  }>
}
