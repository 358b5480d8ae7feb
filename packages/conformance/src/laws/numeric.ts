import { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { compareNumber } from '../core/compare.js'
import { changed, each, inputOf } from '../core/inputs.js'
import { type Law, objective } from '../core/spec.js'
import type { Subject } from '../core/subject.js'
import { NothingToSay } from '../core/tally.js'
import { absolute, map } from '../core/values.js'
import { Violation } from '../core/violation.js'

/**
 * The float64 backend against itself: a central difference of its own forward pass along a random direction d equals
 * <gradient, d>. No other implementation is involved.
 */
export const numeric: Law = {
  name: 'numeric gradient',
  says: "gradients are the derivative of the backend's own forward pass",
  async check(subject, c) {
    const [results, bounds] = [await subject.run(c), await subject.bounds(c)]
    const random = new Random(c.dy?.data.length ?? 1)
    let said = false
    for (const [input, gradient] of Object.entries(subject.spec.gradients)) {
      if (!c.inputs[input]) continue
      const [values, bound] = [results[gradient], bounds[gradient]]
      if (!values || !bound) throw new Violation(`${c.layer}: ${gradient} was not computed`, { case: c })
      const direction = map(inputOf(c, input), () => random.uniform() * 2 - 1)
      if (await checkDirection(subject, c, input, gradient, { values, bound }, direction)) said = true
    }
    if (!said) throw new NothingToSay()
  },
}

const steps = [1e-4, 5e-5]
/** Of the sums and steps that are computed here, in float64. */
const u = 2 ** -53

/** False where a kink is too near for a difference to mean something. */
async function checkDirection(
  subject: Subject,
  c: Case,
  input: string,
  gradient: string,
  { values: g, bound: gError }: { readonly values: NdArray; readonly bound: NdArray },
  direction: NdArray,
): Promise<boolean> {
  const x = inputOf(c, input)
  const scale = Math.max(1, ...absolute(x).data)
  if (subject.spec.smooth && !subject.spec.smooth(c, 4 * scale * steps[0])) return false
  let [analytic, magnitude, stepError, analyticError] = [0, 0, 0, 0]
  for (const [i, d] of direction.data.entries()) {
    analytic += g.data[i] * d
    magnitude += Math.abs(g.data[i] * d)
    // A step from x to x + h d is rounded, which moves the objective by as much times the gradient.
    stepError += 2 * u * scale * Math.abs(g.data[i])
    analyticError += gError.data[i] * Math.abs(d)
  }
  analyticError += (direction.data.length + 2) * u * magnitude
  const slopes: number[] = []
  let rounding = 0
  for (const step of steps) {
    const h = step * scale
    const at = async (sign: number) => {
      const moved = changed(c, { inputs: { [input]: map(x, (v, i) => v + sign * h * direction.data[i]) } })
      const bounds = await subject.bounds(moved)
      const results = await subject.run(moved)
      const weights: Case = { ...moved, ...(c.dy ? { dy: absolute(c.dy) } : {}) }
      const terms = c.dy ? c.dy.data.length + 2 : 0
      const summing = terms * u * objective(weights, each(results, { y: absolute, loss: absolute }))
      return { value: objective(moved, results), error: objective(weights, bounds) + summing + stepError }
    }
    const [plus, minus] = [await at(1), await at(-1)]
    slopes.push((plus.value - minus.value) / (2 * h))
    rounding = Math.max(rounding, (plus.error + minus.error) / (2 * h))
  }
  const [coarse = Number.NaN, fine = Number.NaN] = slopes
  // The truncation error falls as h^2, so that of the fine slope is a third of the difference of the two.
  const bound = Math.abs(coarse - fine) + 3 * rounding + analyticError
  const evidence = {
    law: 'numeric gradient',
    output: `<${gradient}, d>`,
    index: [],
    expected: fine,
    got: analytic,
    bound,
  }
  const sides = ['by its backward pass', 'as the slope of its own forward pass along d'] as const
  compareNumber(c, { ...evidence, sides }, subject.tally)
  return true
}
