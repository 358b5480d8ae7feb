import { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import { type Law, objective } from '../core/spec.js'
import type { Subject } from '../core/subject.js'
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
    const results = await subject.run(c)
    const random = new Random(c.dy?.data.length ?? 1)
    for (const [input, gradient] of Object.entries(subject.spec.gradients)) {
      if (!c.inputs[input]) continue
      const direction = map(inputOf(c, input), () => random.uniform() * 2 - 1)
      const analytic = dot(results[gradient], direction)
      await checkDirection(subject, c, input, gradient, direction, analytic)
    }
  },
}

function dot(a: NdArray | undefined, b: NdArray): number {
  let sum = 0
  for (const [i, value] of b.data.entries()) sum += value * (a?.data[i] ?? Number.NaN)
  return sum
}

const steps = [1e-4, 5e-5]

async function checkDirection(
  subject: Subject,
  c: Case,
  input: string,
  gradient: string,
  direction: NdArray,
  analytic: number,
): Promise<void> {
  const x = inputOf(c, input)
  const scale = Math.max(1, ...absolute(x).data)
  if (subject.spec.smooth && !subject.spec.smooth(c, 4 * scale * (steps[0] ?? 0))) return
  const slopes: number[] = []
  let rounding = 0
  for (const step of steps) {
    const h = step * scale
    const at = async (sign: number) => {
      const moved: Case = {
        ...c,
        inputs: { ...c.inputs, [input]: map(x, (v, i) => v + sign * h * (direction.data[i] ?? 0)) },
      }
      const bounds = await subject.bounds(moved)
      const weights: Case = { ...moved, ...(c.dy ? { dy: absolute(c.dy) } : {}) }
      return { value: objective(moved, await subject.run(moved)), error: objective(weights, bounds) }
    }
    const [plus, minus] = [await at(1), await at(-1)]
    slopes.push((plus.value - minus.value) / (2 * h))
    rounding = Math.max(rounding, (plus.error + minus.error) / (2 * h))
  }
  const [coarse = Number.NaN, fine = Number.NaN] = slopes
  // The truncation error falls as h^2, so that of the fine slope is a third of the difference of the two.
  const bound = Math.abs(coarse - fine) + 3 * rounding
  if (Math.abs(fine - analytic) <= bound) return
  throw new Violation(
    `${c.layer}: numeric gradient: <${gradient}, d> is ${analytic} but the slope of its own forward along d is ${fine} within ${bound.toExponential(2)}`,
    {
      case: c,
      evidence: {
        law: 'numeric gradient',
        output: gradient,
        index: [],
        expected: fine,
        got: analytic,
        bound,
        broken: 1,
        of: 1,
      },
    },
  )
}
