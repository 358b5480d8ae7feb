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

/** t[n] is the label of row n; margin[n,c] = logits[n,c] - logits[n,t[n]] + 1 for c != t[n]. */
export interface SvmLossKernels<S> extends LossKernels<S> {
  /** loss = scale * sum_n sum_{c != t[n]} max(0, margin[n,c]) */
  forward(d: LossDims, s: LossScale, logits: S, labels: S, loss: S): Queued
  /**
   * dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n], NaN where the margin is NaN;
   * dlogits[n,t[n]] = -sum of the others in the row. Another slope at 0 may be declared: `conventionTable.svmLoss`.
   */
  backward(d: LossDims, s: LossScale, logits: S, labels: S, dlogits: S): Queued
}

export const svmLossSignatures = lossSignatures

export const svmLossWork = lossWork(3)

/** Multiclass hinge loss with margin 1 (the notebook's `svm_loss`); the gradient at the kink is 0. */
export const svmLoss: Loss = defineLoss('svmLoss')
