import { defineLoss, type LossKernels } from '../defineLoss.js'

export const softmaxCrossEntropy = defineLoss('softmaxCrossEntropy', {
  notation: 't[n] is the label of row n, m[n] = max_c logits[n,c]: shifting by it keeps exp from overflowing.',
  forward: 'loss = scale * sum_n (log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n]))',
  backward: 'dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]])',
  flops: 5,
})

export type SoftmaxCrossEntropyKernels<S> = LossKernels<S>
