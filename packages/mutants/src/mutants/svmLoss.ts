import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const svmLossMutants = kernelMutants('svmLoss', {
  'label-counts': {
    says: 'the margin of the label itself is added: 1 too much a row',
    killers: ['forward', 'margin'],
    change: ({ forward }) => ({
      forward(d, s, logits, t, loss) {
        forward(d, s, logits, t, loss)
        loss[0] += s.scale * d.n
      },
    }),
  },
  'gradient-at-kink': {
    says: 'a margin of exactly 0 has a gradient: >= for >',
    killers: ['exact', 'backward', 'margin'],
    change: () => ({
      backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
        for (let n = 0; n < N; n++) {
          let own = 0
          for (let c = 0; c < C; c++) {
            if (c === t[n]) continue
            const margin = logits[n * C + c] - logits[n * C + t[n]] + 1
            const g = margin >= 0 ? scale : Number.isNaN(margin) ? Number.NaN : 0
            dlogits[n * C + c] = g
            own -= g
          }
          dlogits[n * C + t[n]] = own
        }
      },
    }),
  },
  'label-gradient-once': {
    says: 'the gradient of the label is -1 a row, not -1 a violated margin',
    killers: ['backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        for (let n = 0; n < d.n; n++) {
          const at = n * d.classes + t[n]
          if (dlogits[at] < 0) dlogits[at] = -s.scale
        }
      },
    }),
  },
  'worst-class-only': {
    says: 'only the largest margin of a row counts',
    killers: ['forward', 'numeric-gradient'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        let total = 0
        for (let n = 0; n < N; n++) {
          let worst = 0
          for (let c = 0; c < C; c++)
            if (c !== t[n]) worst = Math.max(worst, logits[n * C + c] - logits[n * C + t[n]] + 1)
          total += worst
        }
        loss[0] = scale * total
      },
    }),
  },
  'gradient-without-scale': {
    says: 'the gradient is that of the sum over the batch: 1 / N is missing',
    killers: ['backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward: (d, _s, ...storages) => backward(d, { scale: 1 }, ...storages),
    }),
  },
  'margin-of-scale': {
    says: 'the margin is scaled along with the loss',
    killers: ['forward', 'numeric-gradient'],
    change: () => ({
      forward({ n: N, classes: C }, { scale }, logits, t, loss) {
        let total = 0
        for (let n = 0; n < N; n++)
          for (let c = 0; c < C; c++)
            if (c !== t[n]) total += Math.max(0, scale * (logits[n * C + c] - logits[n * C + t[n]]) + scale * scale)
        loss[0] = total
      },
    }),
  },
  'label-gradient-missing': {
    says: 'nothing is taken off at the label',
    killers: ['backward', 'shift', 'numeric-gradient', 'balance'],
    change: ({ backward }) => ({
      backward(d, s, logits, t, dlogits) {
        backward(d, s, logits, t, dlogits)
        dlogits.set(mapped(dlogits, (value, i) => (i % d.classes === t[Math.floor(i / d.classes)] ? 0 : value)))
      },
    }),
  },
})
