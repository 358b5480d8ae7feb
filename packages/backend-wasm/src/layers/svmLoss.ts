import type { SvmLossKernels } from '@convkit/api'
import { loss } from '../loss.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

/**
 * loss = scale * sum_n sum_{c != t[n]} max(0, margin[n,c]);
 * dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n]; dlogits[n,t[n]] = -sum of the others in the row
 */
export function svmLoss(runtime: Runtime): SvmLossKernels<Storage> {
  return loss(runtime, 'svmLoss', 0.5)
}
