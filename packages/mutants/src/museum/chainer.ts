import type { Data, LossDims } from '@convkit/api'
import { mapped } from '../mutants/faults.js'
import { given } from '../mutants/mutant.js'
import { wrongDw } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'

/** The loss of one row. */
function lossOf({ classes }: LossDims, logits: Data, labels: Data, n: number): number {
  const row = logits.subarray(n * classes, (n + 1) * classes)
  let most = -Infinity
  for (const value of row) most = Math.max(most, value)
  let sum = 0
  for (const value of row) sum += Math.exp(value - most)
  return Math.log(sum) - (row[labels[n]] - most)
}

/** Chainer, and other frameworks that are no longer developed. */
export const chainerExhibits: readonly Exhibit[] = [
  ...kernelExhibits('batchNorm', {
    'no-epsilon-with-fixed-statistics': {
      says: 'with fixed statistics no epsilon is added to the variance',
      killers: ['adjoint', 'backward', 'numeric-gradient'],
      link: 'https://github.com/chainer/chainer/pull/2214',
      change: given('inputFixed', (d, _s, ...storages) => [d, { eps: 0 }, ...storages]),
    },
    'epsilon-twice-with-fixed-statistics': {
      says: 'epsilon is in the running variance already, and is added once more',
      killers: ['adjoint', 'backward', 'numeric-gradient'],
      link: 'https://github.com/chainer/chainer/issues/7506',
      change: given('inputFixed', (d, { eps }, ...storages) => [d, { eps: 2 * eps }, ...storages]),
    },
  }),
  ...kernelExhibits('softmaxCrossEntropy', {
    'loss-for-gradient-at-weight-0': {
      says: 'Caffe: with a weight of 0 the backward pass is skipped, and leaves the losses of the rows where their gradients belong',
      killers: ['plans'],
      link: 'https://github.com/BVLC/caffe/issues/2895',
      change: ({ backward }) => ({
        backward(d, s, logits, labels, dlogits) {
          backward(d, s, logits, labels, dlogits)
          if (s.scale !== 0) return
          dlogits.fill(0)
          for (let n = 0; n < d.n; n++) dlogits[n * d.classes + labels[n]] = lossOf(d, logits, labels, n)
        },
      }),
    },
  }),
  ...kernelExhibits('layerNorm', {
    'gamma-by-sample-in-dx': {
      says: 'dlib: the input gradient takes gamma by the number of the sample, not by that of the element',
      killers: ['gamma', 'backward'],
      link: 'https://github.com/davisking/dlib/pull/3001',
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          backward(d, s, dy, x, gamma, mean, variance, null, dgamma, dbeta)
          if (!dx) return
          const byRow = mapped(dy, (value, i) => value * gamma[Math.floor(i / d.size) % d.size])
          const ones = mapped(gamma, () => 1)
          backward(d, s, byRow, x, ones, mean, variance, dx, null, null)
        },
      }),
    },
  }),
  ...kernelExhibits('conv2d', {
    'dw-of-the-last-image': {
      says: 'LBANN, CPU: the weight gradient is cleared before every image, and only the last counts',
      killers: ['batch-order', 'adjoint', 'backward'],
      link: 'https://github.com/LBANN/lbann/pull/1022',
      change: wrongDw(
        (d) => d.n > 1,
        (d, dy, x, _dw, run) =>
          run({ ...d, n: 1 }, dy.subarray(dy.length - dy.length / d.n), x.subarray(x.length - x.length / d.n)),
      ),
    },
  }),
]
