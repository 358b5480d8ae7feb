import { softmaxCrossEntropy } from '@convkit/api'
import type { Case } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import { type Approx, exact, type Running } from '../core/running.js'
import { sizes } from '../core/shapes.js'
import type { Subject } from '../core/spec.js'
import { map } from '../core/values.js'
import { Violation } from '../core/violation.js'
import { lossCases, lossSpec, type RowErrors, scaleOf } from './losses.js'

/**
 * term = log(sum(exp(z))) - z[t], gradient = exp(z) / sum(exp(z)) - [c = t], z = x - max(x). The largest z is 0 and the
 * sum at least 1: no error is ever divided by something small. Where the logits are exact, so is their maximum.
 */
function row({ sub, div, exp, log, sum }: Running, x: readonly Approx[], label: number): RowErrors {
  const first = x.reduce((a, b) => (b.value > a.value ? b : a))
  // Whichever logit is computed as the largest, none of them can push the maximum further than the widest error.
  const largest = { value: first.value, error: x.reduce((most, { error }) => Math.max(most, error), 0) }
  const z = x.map((logit) => (logit === first && largest.error === 0 ? exact(0) : sub(logit, largest)))
  const e = z.map(exp)
  const total = sum(e)
  return {
    term: sub(log(total), z[label]),
    gradient: e.map((value, c) => sub(div(value, total), exact(c === label ? 1 : 0))),
  }
}

/** Bounds that hold whatever the logits are. */
async function range(subject: Subject, c: Case): Promise<void> {
  const [{ loss, dlogits }, bounds] = [await subject.run(c), await subject.bounds(c)]
  const scale = scaleOf(c)
  const targets = inputOf(c, 'labels').data
  const classes = Number(c.attrs.classes)
  const inside = (output: string, index: number[], got: number, least: number, most: number, bound: number) => {
    if (Number.isFinite(got) && got >= least - bound && got <= most + bound) return
    const expected = got < least ? least : most
    throw new Violation(`softmaxCrossEntropy: range: ${output}[${index}] is ${got}, outside [${least}, ${most}]`, {
      case: c,
      evidence: { law: 'range', output, index, expected, got, bound, broken: 1, of: 1 },
    })
  }
  inside('loss', [0], loss.data[0], 0, Number.MAX_VALUE, bounds.loss.data[0])
  for (let i = 0; i < dlogits.data.length; i++) {
    const [n, k] = [Math.floor(i / classes), i % classes]
    const [least, most] = k === targets[n] ? [-scale, 0] : [0, scale]
    inside('dlogits', [n, k], dlogits.data[i], least, most, bounds.dlogits.data[i])
  }
}

export const softmaxCrossEntropySpec = lossSpec(softmaxCrossEntropy, {
  row,
  /**
   * Along t d, |d| <= 1/2, a row's sum of exps is S(t) = S(0) (1 + w), where |w| <= exp(1/2) - 1 < 0.65 is an average of
   * exp(t d_c) - 1. So log S(t) is analytic, and no further from log S(0) than -log(1 - 0.65) < 1.05.
   */
  neighbourhood(c) {
    const logits = inputOf(c, 'logits')
    return { room: map(logits, () => 0.5), most: 1.05 * Math.abs(scaleOf(c)) * logits.shape[0] }
  },
  laws: [
    {
      name: 'range',
      says: 'the loss is finite and at least 0, and each gradient within [0, scale], or [-scale, 0] at the label',
      cases: lossCases('softmaxCrossEntropy', {
        batch: sizes(9),
        classes: sizes(33),
        kinds: ['huge', 'wide', 'normal'],
      }),
      check: range,
    },
  ],
})
