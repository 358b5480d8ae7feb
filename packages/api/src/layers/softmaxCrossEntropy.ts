import {
  defineLoss,
  type Loss,
  type LossDims,
  type LossKernels,
  type LossScale,
  lossSignatures,
  lossWork,
} from '../loss.js'
import type { Queued } from '../queued.js'

/** t[n] is the label of row n, m[n] = max_c logits[n,c]: shifting by it keeps exp from overflowing. */
export interface SoftmaxCrossEntropyKernels<S> extends LossKernels<S> {
  /** loss = scale * sum_n (log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n])) */
  forward(d: LossDims, s: LossScale, logits: S, labels: S, loss: S): Queued
  /** dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]]) */
  backward(d: LossDims, s: LossScale, logits: S, labels: S, dlogits: S): Queued
}

export const softmaxCrossEntropySignatures = lossSignatures

export const softmaxCrossEntropyWork = lossWork(5)

/** Softmax followed by cross-entropy (the notebook's `softmax_loss`): the mean over the batch unless `scale` says else. */
export const softmaxCrossEntropy: Loss = defineLoss('softmaxCrossEntropy')
