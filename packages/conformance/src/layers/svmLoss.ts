import { type Conventions, svmLoss } from '@convkit/api'
import { slopeOf } from '../conventions/svmLoss.js'
import { exactly } from '../core/bounds.js'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { exactBelow } from '../core/grid.js'
import { changed, each, inputOf } from '../core/inputs.js'
import { type Approx, exact, type Running } from '../core/running.js'
import { sizes } from '../core/shapes.js'
import type { Neighbourhood, Subject } from '../core/spec.js'
import { map } from '../core/values.js'
import { anywhere } from '../laws/centralDifference.js'
import { lossCases, lossSpec, type RowErrors, scaleOf } from './losses.js'

/**
 * term = sum of max(0, margin), which moves no more than the margin does. The gradient jumps by 1 where a margin changes
 * sign: within the margin's own error any slope between is right, there and for the row's label. `exact` looks at the kink
 * itself.
 */
function row(
  { add, sub, sum }: Running,
  x: readonly Approx[],
  label: number,
  { svmLoss: rule }: Conventions,
): RowErrors {
  const margins = x.map((logit, c) => (c === label ? null : add(sub(logit, x[label]), exact(1))))
  const steps = margins.map((margin) => {
    if (!margin) return exact(0)
    return { value: slopeOf(margin.value, rule), error: Math.abs(margin.value) <= margin.error ? 1 : 0 }
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

function marginsOf(c: Case): number[] {
  const logits = inputOf(c, 'logits').data
  const [targets, classes] = [inputOf(c, 'labels').data, Number(c.attrs.classes)]
  return Array.from(logits, (logit, i) => {
    const n = Math.floor(i / classes)
    return i % classes === targets[n] ? Number.POSITIVE_INFINITY : logit - logits[n * classes + targets[n]] + 1
  })
}

/** A quarter of each margin, for its class and its label alike: less than half by more than the margin may be rounded. */
function neighbourhood(c: Case): Neighbourhood {
  const logits = inputOf(c, 'logits')
  const [targets, classes] = [inputOf(c, 'labels').data, Number(c.attrs.classes)]
  const { room } = anywhere(logits)
  for (const [i, margin] of marginsOf(c).entries()) {
    const n = Math.floor(i / classes)
    for (const at of [i, n * classes + targets[n]]) room.data[at] = Math.min(room.data[at], Math.abs(margin) / 4)
  }
  return { room }
}

const onGrid = lossCases('svmLoss', { batch: sizes(3), classes: sizes(9), kinds: ['dyadic', 'ties'] })
const powerOfTwo = (c: Case) => changed(c, { attrs: { scale: 0.25 } })

/** Logits are multiples of 1/8, and so are margins; slopes may be 1/2. */
async function holdOnGrid(law: string, subject: Subject, c: Case, expected: Results): Promise<void> {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + Math.abs(value), 0)
  const margins = marginsOf(c).filter(Number.isFinite)
  const magnitude = sum(margins) + Math.max(...margins, ...inputOf(c, 'logits').data.map(Math.abs), 1)
  const bounds =
    magnitude < exactBelow(-3, subject.unit)
      ? each(expected, { loss: exactly, dlogits: exactly })
      : await subject.bounds(c)
  compare(law, c, await subject.run(c), expected, bounds, subject)
}

export const svmLossSpec = lossSpec(svmLoss, {
  row,
  neighbourhood,
  laws: [
    {
      name: 'exact',
      says: 'on multiples of 1/8 nothing is rounded: a margin of 0 adds nothing to the loss, and its slope is the declared one, by default 0',
      cases: onGrid.map(powerOfTwo),
      async check(subject, c) {
        await holdOnGrid(`exact: ${this.says}`, subject, c, await subject.exact(c))
      },
    },
    {
      name: 'margin',
      says: 'a label that leads by more than 1 costs nothing; by 1, no more than the slope declared for the kink, by default 0',
      cases: onGrid.map(powerOfTwo).map(leading),
      async check(subject, c) {
        const [logits, targets] = [inputOf(c, 'logits'), inputOf(c, 'labels').data]
        const [classes, slope] = [Number(c.attrs.classes), subject.unit.conventions.svmLoss.slopeAtKink]
        const gradient = map(logits, () => 0)
        for (const [i, margin] of marginsOf(c).entries()) {
          const n = Math.floor(i / classes)
          if (margin !== 0) continue
          gradient.data[i] += slope * scaleOf(c)
          gradient.data[n * classes + targets[n]] -= slope * scaleOf(c)
        }
        const loss = { shape: [1], data: Float64Array.of(0) }
        await holdOnGrid(`margin: ${this.says}`, subject, c, { loss, dlogits: gradient })
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
