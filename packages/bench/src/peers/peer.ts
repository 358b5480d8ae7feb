import type { Case, Results } from '@convkit/conformance'
import type { Runnable } from '../runnable.js'
import type { LayerWorkload, Pass } from '../workload.js'

/** Another library, in float32 on one thread. */
export interface Peer {
  readonly name: string
  readonly description: string
  prepare(workload: LayerWorkload, c: Case): Promise<PeerRunnable>
}

export interface PeerRunnable extends Runnable {
  /** What the last call of a pass gave, in convkit's layouts and under its names. */
  results(pass: Pass): Promise<Results>
}
