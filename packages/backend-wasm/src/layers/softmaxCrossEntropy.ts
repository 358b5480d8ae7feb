import type { SoftmaxCrossEntropyKernels } from '@convkit/api'
import { loss } from '../loss.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

/**
 * loss = scale * sum_n (log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n]));
 * dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]])
 */
export function softmaxCrossEntropy(runtime: Runtime): SoftmaxCrossEntropyKernels<Storage> {
  return loss(runtime, 'softmaxCrossEntropy', 2)
}
