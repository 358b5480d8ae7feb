import { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { compareNumber } from '../core/compare.js'
import { changed, inputOf, rounded } from '../core/inputs.js'
import type { Law, Neighbourhood, Subject } from '../core/spec.js'
import { NothingToSay } from '../core/tally.js'
import { absolute, map } from '../core/values.js'
import { Violation } from '../core/violation.js'
import {
  anywhere,
  bestStep,
  centralDifference,
  gridOf,
  onGrid,
  outputOf,
  stepOf,
  weighted,
} from './centralDifference.js'

/** A gradient along one step of its input, beside what the forward pass says of the same step. */
export interface Slope {
  readonly gradient: string
  /** The element that moved alone; null where all moved. */
  readonly element: number | null
  /** <gradient, step>, by the backward pass. */
  readonly analytic: number
  /** The same, by central differences. */
  readonly numeric: number
  /** The most that the two may be apart. */
  readonly bound: number
  /** sum |gradient * step| */
  readonly magnitude: number
  /** The case at which it was taken: the input lies on a grid on which steps are exact. */
  readonly case: Case
}

/**
 * A backend against itself: a central difference of its own forward pass along a step equals <gradient, step>. No other
 * implementation is involved, but for the bounds.
 */
export const numeric: Law = {
  name: 'numeric gradient',
  says: "gradients are the derivative of the backend's own forward pass",
  async check(subject, c) {
    let said = false
    for (const input of Object.keys(subject.spec.gradients))
      for (const slope of await slopesOf(subject, c, input)) {
        said = true
        hold(slope, subject)
      }
    if (!said) throw new NothingToSay()
  },
}

export function agrees({ analytic, numeric, bound }: Slope): boolean {
  return Math.abs(analytic - numeric) <= bound
}

/** Elements that move alone, beside a step of all elements at once, in which a small one may drown. */
const alone = 2

/** The slopes of one input, or none where the case does not have it or it has no room to move. */
export async function slopesOf(subject: Subject, drawn: Case, input: string): Promise<Slope[]> {
  const gradient = subject.spec.gradients[input]
  if (gradient === undefined || !drawn.inputs[input]) return []
  const given = rounded(drawn, subject.dtype)
  const around = (c: Case): Neighbourhood => subject.spec.neighbourhood?.(c, input) ?? anywhere(inputOf(c, input))
  const first = around(given)
  const grid = gridOf(inputOf(given, input), first.room, subject.dtype)
  const c = changed(given, { inputs: { [input]: onGrid(inputOf(given, input), grid) } })
  const { room: there, most } = around(c)
  const room = map(there, (value, i) => Math.min(value, 2 * first.room.data[i]))
  const neighbourhood = { room, ...(most === undefined ? {} : { most }) }

  const [results, bounds] = [await subject.run(c), await subject.bounds(c)]
  const [g, gError] = [results[gradient], bounds[gradient]]
  if (!g || !gError) throw new Violation(`${c.layer}: ${gradient} was not computed`, { case: c })
  const { error } = weighted(
    map(outputOf(c, results), () => 0),
    outputOf(c, bounds),
    c.dy && absolute(c.dy),
  )
  const h = bestStep(error, neighbourhood)

  const random = new Random(room.data.length + 31 * (c.dy?.data.length ?? 0))
  const free = Array.from(room.data.keys()).filter((i) => room.data[i] > 0)
  const elements = Array.from({ length: Math.min(alone, free.length) }, () => free[random.integer(free.length)])
  const shares: readonly (readonly [element: number | null, share: (i: number) => number])[] = [
    [null, () => (random.integer(2) - 0.5) * (1 + random.uniform())],
    ...elements.map((at) => [at, (i: number) => (i === at ? 1 : 0)] as const),
  ]
  const slopes: Slope[] = []
  for (const [element, share] of shares) {
    const step = stepOf(room, grid, (i) => h * share(i))
    if (step.data.every((value) => value === 0)) continue
    const analytic = weighted(g, gError, step)
    const numeric = await centralDifference(subject, c, { input, step, h, ...(most === undefined ? {} : { most }) })
    const bound = analytic.error + numeric.error
    // Statistics that rounding may have made anything of: nothing is known, unless what should be finite is not.
    if (!Number.isFinite(bound) && Number.isFinite(analytic.value) && Number.isFinite(numeric.value)) continue
    const { value, magnitude } = analytic
    slopes.push({ gradient, element, analytic: value, numeric: numeric.value, bound, magnitude, case: c })
  }
  return slopes
}

/** Both sides are the backend's own. */
function hold({ gradient, element, analytic, numeric, bound, case: c }: Slope, { tally }: Subject): void {
  const evidence = {
    law: 'numeric gradient',
    output: `<${gradient}, step${element === null ? '' : ` of element ${element}`}>`,
    index: [],
    expected: numeric,
    got: analytic,
    bound,
  }
  const sides = ['by its backward pass', 'by which its own forward pass rises along the same step'] as const
  compareNumber(c, { ...evidence, sides }, tally)
}
