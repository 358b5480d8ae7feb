import type { FloatDType } from '@convkit/api'
import { oracleUnit } from '../core/arithmetic.js'
import { gamma } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { changed, inputOf } from '../core/inputs.js'
import type { Bounds, Neighbourhood, Subject } from '../core/spec.js'
import { map } from '../core/values.js'
import { Violation } from '../core/violation.js'

/** A number and how far it may be from the true one. */
export interface Within {
  readonly value: number
  readonly error: number
}

/** sum(weight * value) over an output, in float64; an absent weight is 1. */
export function weighted(
  values: NdArray,
  bounds: NdArray,
  weights: NdArray | undefined,
): Within & { readonly magnitude: number } {
  let [value, error, magnitude] = [0, 0, 0]
  for (let i = 0; i < values.data.length; i++) {
    const weight = weights ? weights.data[i] : 1
    // A bound of infinity says nothing of what counts for nothing.
    if (weight === 0 && Number.isFinite(values.data[i])) continue
    value += weight * values.data[i]
    error += Math.abs(weight) * bounds.data[i]
    magnitude += Math.abs(weight * values.data[i])
  }
  return { value, error: error + gamma(values.data.length + 2, oracleUnit) * magnitude, magnitude }
}

const significand = { float32: 24, float64: 53 } as const
const smallest = { float32: 2 ** -149, float64: 2 ** -1074 } as const

/** For each element the spacing of a grid whose points, twice as far away as `room` allows, the dtype holds exactly. */
export function gridOf(x: NdArray, room: NdArray, dtype: FloatDType): NdArray {
  return map(x, (value, i) => {
    const reach = Math.ceil(Math.log2(2 * (Math.abs(value) + room.data[i])))
    return Math.max(smallest[dtype], 2 ** (reach + 1 - significand[dtype]))
  })
}

/** x at the nearest points of its grid. */
export function onGrid(x: NdArray, grid: NdArray): NdArray {
  return map(x, (value, i) => grid.data[i] * Math.round(value / grid.data[i]))
}

/** `share` of the room of each element, cut to an even number of grid points, so that half of it is on the grid too. */
export function stepOf(room: NdArray, grid: NdArray, share: (index: number) => number): NdArray {
  return map(room, (most, i) => {
    const pair = 2 * grid.data[i]
    return pair * Math.trunc((share(i) * most) / pair)
  })
}

/** How the objective differs between x + step and x - step, both of which the dtype holds. */
async function rise(subject: Subject, c: Case, input: string, step: NdArray): Promise<Within> {
  const { dy, ...forward } = c
  const unwanted = Object.fromEntries(Object.values(subject.spec.gradients).map((gradient) => [gradient, false]))
  const at = async (sign: 1 | -1) => {
    const x = map(inputOf(c, input), (value, i) => value + sign * step.data[i])
    const moved = changed(forward, { inputs: { [input]: x } })
    return { y: outputOf(c, await subject.run(moved, unwanted)), error: outputOf(c, await subject.bounds(moved)) }
  }
  const [above, below] = [await at(1), await at(-1)]
  return weighted(
    map(above.y, (value, i) => value - below.y.data[i]),
    map(above.error, (value, i) => value + below.error.data[i]),
    dy,
  )
}

/** What a layer's objective is made of: y, or the loss. */
export function outputOf(c: Case, results: Results | Bounds): NdArray {
  const output = results.y ?? results.loss
  if (!output) throw new Violation(`${c.layer}: neither y nor loss was computed`, { case: c })
  return output
}

/**
 * <gradient, step>, from the objective alone: half the rise from x - step to x + step where it is straight, and else
 * Richardson's extrapolation from the whole step and half of it.
 *
 * With f(t) the objective at x + t d, step = h d and |f| <= most for complex |t| <= 1, f's coefficients are at most `most`
 * (Cauchy), and what the extrapolation leaves of them is less than h^4 / (1 - h^2) * most / 3.
 */
export async function centralDifference(
  subject: Subject,
  c: Case,
  {
    input,
    step,
    h,
    most,
  }: { readonly input: string; readonly step: NdArray; readonly h: number; readonly most?: number },
): Promise<Within> {
  const whole = await rise(subject, c, input, step)
  if (most === undefined) return { value: whole.value / 2, error: whole.error / 2 }
  const half = await rise(
    subject,
    c,
    input,
    map(step, (value) => value / 2),
  )
  const value = (4 * half.value - whole.value / 2) / 3
  const rounding = gamma(4, oracleUnit) * (2 * Math.abs(half.value) + Math.abs(whole.value))
  const truncation = (h * (h ** 4 / (1 - h ** 2)) * most) / 3
  return { value, error: (4 * half.error + whole.error / 2) / 3 + rounding + truncation }
}

/**
 * The h that balances the two errors of the extrapolated slope: rounding, 3 error / h where the objective is off by
 * `error`, and truncation, most h^4 / 3. Without a bend the longest step is the best.
 */
export function bestStep(error: number, { most }: Neighbourhood): number {
  if (most === undefined) return 1
  const best = ((9 * error) / (4 * most)) ** 0.2
  // So that h^4 / (1 - h^2) stays small, and where nothing is known of either.
  return Number.isNaN(best) ? 0.5 : Math.min(best, 0.5)
}

/** Where nothing bends and nothing has a kink: as far as the largest element is from 0. */
export function anywhere(x: NdArray): Neighbourhood {
  let largest = 0
  for (const value of x.data) largest = Math.max(largest, Math.abs(value))
  return { room: map(x, () => largest || 1) }
}
