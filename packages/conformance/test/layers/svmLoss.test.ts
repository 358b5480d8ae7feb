import type { Data, LossKernels } from '@convkit/api'
import { svmLossSpec } from '../../src/layers/svmLoss.js'
import { describeLayer, mapped } from './faults.js'

/** Both passes with another margin and another rule at the kink. */
function hinge(margin: number, atKink: number): Pick<LossKernels<Data>, 'forward' | 'backward'> {
  return {
    forward({ n: N, classes: C }, { scale }, logits, t, loss) {
      let total = 0
      for (let n = 0; n < N; n++)
        for (let c = 0; c < C; c++)
          if (c !== t[n]) total += Math.max(0, logits[n * C + c] - logits[n * C + t[n]] + margin)
      loss[0] = scale * total
    },
    backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
      for (let n = 0; n < N; n++) {
        let own = 0
        for (let c = 0; c < C; c++) {
          if (c === t[n]) continue
          const value = logits[n * C + c] - logits[n * C + t[n]] + margin
          const g = value > 0 ? scale : value === 0 ? atKink : 0
          dlogits[n * C + c] = g
          own -= g
        }
        dlogits[n * C + t[n]] = own
      }
    },
  }
}

describeLayer(svmLossSpec, 'svmLoss', {
  'has a gradient at the kink': { caughtBy: ['exact', 'margin'], change: () => hinge(1, 0.5) },
  'has a margin of 2': { caughtBy: ['margin', 'exact', 'forward'], change: () => hinge(2, 0) },
  'counts the label as a class of its own': {
    caughtBy: ['margin', 'forward'],
    change: ({ forward }) => ({
      forward(d, s, logits, t, loss) {
        forward(d, s, logits, t, loss)
        loss[0] += s.scale * d.n
      },
    }),
  },
  'forgets the label in the gradient': {
    caughtBy: ['balance', 'backward', 'numeric gradient'],
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        for (let n = 0; n < d.n; n++) dlogits[n * d.classes + t[n]] = 0
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
  'divides by N whatever the scale': {
    caughtBy: ['scale', 'forward'],
    change: ({ forward }) => ({ forward: (d, _s, ...storages) => forward(d, { scale: 1 / d.n }, ...storages) }),
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
          mapped(logits, (value, i) => (i % d.classes === d.classes - 1 ? value - 1e6 : value)),
          ...storages,
        ),
    }),
  },
})
