import { defineLoss, type LossKernels } from '../defineLoss.js'

export const svmLoss = defineLoss('svmLoss', {
  notation: 't[n] is the label of row n; margin[n,c] = logits[n,c] - logits[n,t[n]] + 1 for c != t[n].',
  forward: 'loss = scale * sum_n sum_{c != t[n]} max(0, margin[n,c])',
  backward: `dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n], NaN where the margin is NaN;
    dlogits[n,t[n]] = -sum of the others in the row. Another slope at 0 may be declared: \`conventionTable.svmLoss\`.`,
  flops: 3,
})

export type SvmLossKernels<S> = LossKernels<S>
