import type { Data, LossDims } from '@convkit/api'
import { softmaxCrossEntropySpec } from '../../src/layers/softmaxCrossEntropy.js'
import { describeLayer, mapped } from './faults.js'

function unshifted({ n: N, classes: C }: LossDims, scale: number, logits: Data, t: Data): number {
  let total = 0
  for (let n = 0; n < N; n++) {
    let sum = 0
    for (let c = 0; c < C; c++) sum += Math.exp(logits[n * C + c])
    total += Math.log(sum) - logits[n * C + t[n]]
  }
  return scale * total
}

describeLayer(softmaxCrossEntropySpec, 'softmaxCrossEntropy', {
  'takes exp of unshifted logits': {
    caughtBy: ['range', 'forward'],
    change: () => ({
      forward(d, { scale }, logits, t, loss) {
        loss[0] = unshifted(d, scale, logits, t)
      },
    }),
  },
  'clamps its logits': {
    caughtBy: ['shift', 'forward'],
    change: ({ forward }) => ({
      forward: (d, s, logits, ...storages) =>
        forward(
          d,
          s,
          mapped(logits, (value) => Math.max(-20, Math.min(20, value))),
          ...storages,
        ),
    }),
  },
  'forgets the scale of the gradient': {
    caughtBy: ['scale', 'backward', 'numeric gradient'],
    change: ({ backward }) => ({ backward: (d, _s, ...storages) => backward(d, { scale: 1 }, ...storages) }),
  },
  'does not take 1 off at the label': {
    caughtBy: ['balance', 'range', 'backward', 'numeric gradient'],
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        for (let n = 0; n < d.n; n++) dlogits[n * d.classes + t[n]] += s.scale
      },
    }),
  },
  "takes every row's gradient at the first label": {
    caughtBy: ['rows', 'batch order', 'backward'],
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
  'leaves out the last class': {
    caughtBy: ['classes', 'forward'],
    change: ({ forward }) => ({
      forward: (d, s, logits, ...storages) =>
        forward(
          d,
          s,
          mapped(logits, (value, i) => (d.classes > 1 && i % d.classes === d.classes - 1 ? -1e30 : value)),
          ...storages,
        ),
    }),
  },
  'ignores what is below a millionth': {
    caughtBy: ['backward'],
    elements: 16,
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        dlogits.set(mapped(dlogits, (value) => (Math.abs(value) < 1e-6 ? 0 : value)))
      },
    }),
  },
})
