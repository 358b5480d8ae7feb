import {
  adam,
  adamw,
  avgPool2d,
  batchNorm,
  type FloatTensor,
  groupNorm,
  layerNorm,
  rmsprop,
  type Scope,
} from '@convkit/api'
import { type DoubleDouble, divide, exactly, sqrt } from '../core/doubleDouble.js'
import type { Unit } from '../core/unit.js'
import { count, draw, type FunctionProbe, filled, type Point, pointsOf } from './functionProbe.js'
import type { From } from './probes.js'

/** What quotients may be off by beside their own error: a product with a reciprocal, and one rounding more. */
function quotient(value: DoubleDouble, { u }: Unit): number {
  return 2 * u * Math.abs(value.high)
}

/** The mean of x, 0 and 0. */
export const meansOfThree: FunctionProbe['points'] = async (attempt, ground) => {
  const x = draw(ground, [1, 2])
  const rows = Array.from(x, (value) => [value, 0, 0]).flat()
  const got = await attempt(
    (scope, from) =>
      avgPool2d.forward(scope, { x: from(rows, [1, 1, count, 3]) }, { kernel: [1, 3], stride: [1, 1] }).y,
  )
  return pointsOf(got, (i) => {
    const value = divide(exactly(x[i]), exactly(3))
    return { name: `${x[i]} / 3`, value, slack: quotient(value, ground.unit) }
  })
}

/** What optimizers take off a weight of 0: a gradient, or a moment, over the root of v and epsilon. */
type Step = (scope: Scope, from: From, a: Float64Array, v: Float64Array, epsilon: number) => FloatTensor

export const byRmsprop: Step = (_scope, from, a, v, epsilon) => {
  const [w, g, second] = [filled(0), a, v].map((values) => from(values, [count]))
  rmsprop.update(w, g, [second], { learningRate: 1, decayRate: 1, epsilon })
  return w
}

/** Both moments are halved, and 1 - 0.5^1000 is 1. */
const late = { learningRate: 1, beta1: 0.5, beta2: 0.5, step: 1000 }
const twice = (values: Float64Array) => values.map((value) => 2 * value)

export const byAdam: Step = (_scope, from, a, v, epsilon) => {
  const [w, g, m, second] = [filled(0), filled(0), twice(a), twice(v)].map((values) => from(values, [count]))
  adam.update(w, g, [m, second], { ...late, epsilon })
  return w
}

export const byAdamw: Step = (_scope, from, a, v, epsilon) => {
  const [w, g, m, second] = [filled(0), filled(0), twice(a), twice(v)].map((values) => from(values, [count]))
  adamw.update(w, g, [m, second], { ...late, epsilon, weightDecay: 0 })
  return w
}

/** v is 0: a / epsilon, whose square stands inside the root where it is declared to be there. */
export function quotientsOf(step: Step, isInside: (unit: Unit) => boolean = () => false): FunctionProbe['points'] {
  return async (attempt, ground) => {
    const { unit, random } = ground
    const a = draw(ground, [1, 2])
    const divisor = 3 + 2 * random.integer(30)
    const epsilon = isInside(unit) ? divisor ** 2 : divisor
    const got = await attempt((scope, from) => step(scope, from, a, filled(0), epsilon))
    const root = unit.ulps.sqrt > 0.5 ? 2 * unit.ulps.sqrt * unit.u : 0
    return pointsOf(got, (i) => {
      const value = divide(exactly(-a[i]), exactly(divisor))
      const ofRoot = Math.abs(value.high) * (root + unit.absolute.sqrt / divisor)
      return { name: `${a[i]} / ${divisor}`, value, slack: quotient(value, unit) + ofRoot }
    })
  }
}

/** 1 / sqrt(v), in which the division is accounted for. */
function inverseRoot(v: number, sign: 1 | -1, unit: Unit): Omit<Point, 'got'> {
  const value = divide(exactly(sign), sqrt(exactly(v)))
  return { name: `1 / sqrt(${v})`, value, slack: besideRoot(value, unit) }
}

function besideRoot(value: DoubleDouble, unit: Unit): number {
  return quotient(value, unit) + 2 * unit.ulps.divide * unit.u * Math.abs(value.high) + unit.absolute.divide
}

/** a is 1 and epsilon 0. */
export function rootsOf(step: Step): FunctionProbe['points'] {
  return async (attempt, ground) => {
    const v = draw(ground, [1, 4])
    const got = await attempt((scope, from) => step(scope, from, filled(1), v, 0))
    return pointsOf(got, (i) => inverseRoot(v[i], -1, ground.unit))
  }
}

export const rootsOfVariances: FunctionProbe['points'] = async (attempt, ground) => {
  const v = draw(ground, [1, 4])
  const got = await attempt((scope, from) => {
    const [gamma, beta, mean, variance] = [filled(1), filled(0), filled(0), v].map((values) => from(values, [count]))
    const inputs = { x: from(filled(1), [1, count]), gamma, beta, runningMean: mean, runningVar: variance }
    return batchNorm.forward(scope, inputs, { mode: 'test', eps: 0 }).y
  })
  return pointsOf(got, (i) => inverseRoot(v[i], 1, ground.unit))
}

/** Odd numbers whose mean is 0 and whose variance is 85. */
const odd = Float64Array.from({ length: count }, (_, i) => 2 * i + 1 - count)

type Normalize = (scope: Scope, from: From, eps: number) => FloatTensor

export function rootsWith(normalize: Normalize): FunctionProbe['points'] {
  return async (attempt, ground) => {
    const eps = ground.random.integer(1000) / 8
    const got = await attempt((scope, from) => normalize(scope, from, eps))
    const root = sqrt(exactly(85 + eps))
    return pointsOf(got, (i) => {
      const value = divide(exactly(odd[i]), root)
      return { name: `${odd[i]} / sqrt(${85 + eps})`, value, slack: besideRoot(value, ground.unit) }
    })
  }
}

export const byLayerNorm: Normalize = (scope, from, eps) => {
  const inputs = { x: from(odd, [1, count]), gamma: from(filled(1), [count]), beta: from(filled(0), [count]) }
  return layerNorm.forward(scope, inputs, { eps }).y
}

export const byGroupNorm: Normalize = (scope, from, eps) => {
  const inputs = { x: from(odd, [1, count, 1, 1]), gamma: from(filled(1), [count]), beta: from(filled(0), [count]) }
  return groupNorm.forward(scope, inputs, { groups: 1, eps }).y
}
