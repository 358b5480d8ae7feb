import type { Buckets } from '../../distributed/buckets.js'
import type { Replicas } from '../../distributed/replicas.js'
import type { Stage } from './stage.js'

/** Sums gradients, buffers and losses over the replicas. */
export function reduce(replicas: Replicas, buckets: Buckets, batchSize: number): Stage {
  return async ({ loss, stop = false }) => {
    await buckets.reduce(replicas.share(batchSize))
    await replicas.reduceLoss(loss, stop)
    return true
  }
}
