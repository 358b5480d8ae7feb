import { svmLoss } from '@convkit/api'
import type { Case } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, inputOf } from '../core/inputs.js'
import { type Approx, exact, type Running } from '../core/running.js'
import { sizes } from '../core/shapes.js'
import { map } from '../core/values.js'
import { lossCases, lossSpec, type RowErrors } from './losses.js'

/**
 * term = sum of max(0, margin), which moves no more than the margin does. The gradient jumps by 1 where a margin changes
 * sign: within the margin's own error either side is right, there and for the row's label. `exact` looks at the kink
 * itself.
 */
function row({ add, sub, sum }: Running, x: readonly Approx[], label: number): RowErrors {
  const margins = x.map((logit, c) => (c === label ? null : add(sub(logit, x[label]), exact(1))))
  const steps = margins.map((margin) => {
    if (!margin) return exact(0)
    return { value: margin.value > 0 ? 1 : 0, error: Math.abs(margin.value) <= margin.error ? 1 : 0 }
  })
  const { value, error } = sum(steps)
  return {
    term: sum(
      margins.flatMap((margin) => {
        if (!margin) return []
        const { value, error } = margin
        return [{ value: Math.max(0, value), error: value < -error ? 0 : error }]
      }),
    ),
    gradient: steps.map((step, c) => (c === label ? { value: -value, error } : step)),
  }
}

function margins(c: Case): number[] {
  const logits = inputOf(c, 'logits').data
  const [targets, classes] = [inputOf(c, 'labels').data, Number(c.attrs.classes)]
  return Array.from(logits, (logit, i) => {
    const n = Math.floor(i / classes)
    return i % classes === targets[n] ? Number.POSITIVE_INFINITY : logit - logits[n * classes + targets[n]] + 1
  })
}

const onGrid = lossCases('svmLoss', { batch: sizes(3), classes: sizes(9), kinds: ['dyadic', 'ties'] })
const powerOfTwo = (c: Case) => changed(c, { attrs: { scale: 0.25 } })

export const svmLossSpec = lossSpec(svmLoss, {
  row,
  smooth: (c, step) => margins(c).every((margin) => Math.abs(margin) > step),
  laws: [
    {
      name: 'exact',
      says: 'on multiples of 1/8 nothing is rounded: a margin of 0 adds nothing to the loss and has no gradient',
      cases: onGrid.map(powerOfTwo),
      async check(subject, c) {
        const expected = await subject.exact(c)
        const zero = Object.entries(expected).map(([name, array]) => [name, map(array, () => 0)])
        compare(`exact: ${this.says}`, c, await subject.run(c), expected, Object.fromEntries(zero), subject)
      },
    },
    {
      name: 'margin',
      says: 'a label that leads by 1 or more costs nothing',
      cases: onGrid.map(leading),
      async check(subject, c) {
        const results = await subject.run(c)
        const nothing = Object.fromEntries(Object.entries(results).map(([name, array]) => [name, map(array, () => 0)]))
        compare(`margin: ${this.says}`, c, results, nothing, nothing, subject)
      },
    },
  ],
})

/** Every label's logit is raised to 1 above the largest: the hinge at its kink. */
function leading(c: Case): Case {
  const logits = inputOf(c, 'logits')
  const [targets, classes] = [inputOf(c, 'labels').data, Number(c.attrs.classes)]
  const raised = map(logits, (value, i) => {
    const n = Math.floor(i / classes)
    if (i % classes !== targets[n]) return value
    return 1 + Math.max(...logits.data.subarray(n * classes, (n + 1) * classes))
  })
  return changed(c, { inputs: { logits: raised } })
}
