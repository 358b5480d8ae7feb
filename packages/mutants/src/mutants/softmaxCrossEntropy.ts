import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

function maximumOf(logits: Data): number {
  let maximum = -Infinity
  for (const value of logits) maximum = Math.max(maximum, value)
  return maximum
}

/** log(sum(exp(x - shift))) - (x[t] - shift) for one row. */
function rowLoss(logits: Data, row: number, classes: number, t: number, shift: number): number {
  let sum = 0
  for (let c = 0; c < classes; c++) sum += Math.exp(logits[row + c] - shift)
  return Math.log(sum) - (logits[row + t] - shift)
}

export const softmaxCrossEntropyMutants = kernelMutants('softmaxCrossEntropy', {
  unshifted: {
    says: 'exp is taken of the logits themselves, which overflows',
    killers: ['shift', 'forward', 'backward', 'range'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        let total = 0
        for (let n = 0; n < N; n++) total += rowLoss(logits, n * C, C, t[n], 0)
        loss[0] = scale * total
      },
    }),
  },
  'shifted-by-batch-maximum': {
    says: 'all rows are shifted by the largest logit of the batch, so that those far below it underflow',
    killers: ['shift', 'forward', 'batch-order'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        const maximum = maximumOf(logits)
        let total = 0
        for (let n = 0; n < N; n++) total += rowLoss(logits, n * C, C, t[n], maximum)
        loss[0] = scale * total
      },
    }),
  },
  'sum-instead-of-mean': {
    says: 'the loss is a sum over the batch: the scale is left out',
    killers: ['forward', 'numeric-gradient'],
    change: ({ forward }) => ({
      forward: (d, _s, ...storages) => forward(d, { scale: 1 }, ...storages),
    }),
  },
  'gradient-without-scale': {
    says: 'the gradient is that of the sum over the batch: 1 / N is missing',
    killers: ['backward', 'numeric-gradient', 'scale'],
    change: ({ backward }) => ({
      backward: (d, _s, ...storages) => backward(d, { scale: 1 }, ...storages),
    }),
  },
  'scale-taken-for-mean': {
    says: 'both passes divide by N, whatever scale they are given',
    killers: ['forward', 'backward'],
    change: ({ forward, backward }) => ({
      forward: (d, _s, ...storages) => forward(d, { scale: 1 / d.n }, ...storages),
      backward: (d, _s, ...storages) => backward(d, { scale: 1 / d.n }, ...storages),
    }),
  },
  'label-not-subtracted': {
    says: 'the gradient is the softmax: 1 is not taken off at the label',
    killers: ['backward', 'numeric-gradient', 'balance', 'range'],
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        for (let n = 0; n < d.n; n++) dlogits[n * d.classes + t[n]] += s.scale
      },
    }),
  },
  'label-of-first-row': {
    says: 'the gradient of every row is taken at the label of the first',
    killers: ['backward', 'batch-order', 'numeric-gradient', 'rows'],
    change: ({ backward }) => ({
      backward: (d, s, logits, t, dlogits) =>
        backward(
          d,
          s,
          logits,
          mapped(t, () => t[0]),
          dlogits,
        ),
    }),
  },
  'probability-clamped': {
    says: 'the loss is -log(max(p, 1e-7)), which levels off',
    killers: ['forward', 'numeric-gradient'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        let total = 0
        for (let n = 0; n < N; n++) {
          const maximum = maximumOf(logits.subarray(n * C, n * C + C))
          // NaN stays NaN: it is a clamp of small numbers only.
          total += Math.min(rowLoss(logits, n * C, C, t[n], maximum), -Math.log(1e-7))
        }
        loss[0] = scale * total
      },
    }),
  },
  'log-of-probability': {
    says: 'the loss is -log(exp(x - m) / sum), infinite where exp underflows',
    killers: ['forward'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        let total = 0
        for (let n = 0; n < N; n++) {
          const row = logits.subarray(n * C, n * C + C)
          const maximum = maximumOf(row)
          const exps = Float64Array.from(row, (value) => Math.exp(value - maximum))
          const sum = exps.reduce((a, b) => a + b, 0)
          total -= Math.log(exps[t[n]] / sum)
        }
        loss[0] = scale * total
      },
    }),
  },
})
