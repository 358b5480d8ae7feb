import { input } from '../case.js'
import { at, type Bound, type Precision } from './rounding.js'
import { type Approx, running } from './running.js'

/** The loss and its gradient on logits that may themselves be off; rows of `classes`. */
export function softmaxLoss(
  logits: readonly Approx[],
  labels: Float64Array,
  precision: Precision,
): { readonly loss: Approx; readonly dlogits: readonly Approx[] } {
  const { exact, scalar, sub, div, mul, exp, log, sum } = running(precision)
  const n = labels.length
  const classes = logits.length / n
  const scale = scalar(1 / n)
  const terms: Approx[] = []
  const dlogits: Approx[] = []
  for (let i = 0; i < n; i++) {
    const row = logits.slice(i * classes, (i + 1) * classes)
    const max = row.reduce((a, b) => (b.value > a.value ? b : a))
    // The largest logit less itself is 0, whichever it is and however far it is off.
    const z = row.map((logit) => (logit === max && logit.error === 0 ? exact(0) : sub(logit, max)))
    const e = z.map((a) => exp(a))
    const total = sum(e)
    const label = at(labels, i)
    for (const [c, a] of z.entries()) if (c === label) terms.push(sub(log(total), a))
    for (const [c, a] of e.entries()) dlogits.push(mul(scale, sub(div(a, total), exact(c === label ? 1 : 0))))
  }
  return { loss: mul(scale, sum(terms)), dlogits }
}

/** loss = scale * sum(log(sum(exp(z))) - z_t), dlogits = scale * (exp(z) / sum(exp(z)) - [c = t]), z = x - max(x). */
export const softmaxCrossEntropy: Bound = async (c, _, precision) => {
  const logits = Array.from(input(c, 'in.x').data, (value) => ({ value, error: 0 }))
  const { loss, dlogits } = softmaxLoss(logits, input(c, 'in.labels').data, precision)
  return new Map([
    ['out.loss', Float64Array.of(loss.error)],
    ['grad.x', Float64Array.from(dlogits, ({ error }) => error)],
  ])
}
