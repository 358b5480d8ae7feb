import { type FloatTensor, type Scope, softmaxCrossEntropy } from '@convkit/api'
import { add, divide, exactly, exp, log } from '../core/doubleDouble.js'
import { type Attempt, count, draw, type FunctionProbe, type Point, pointsOf } from './functionProbe.js'
import type { From } from './probes.js'

// Softmax of 0 and z is e / (1 + e), e = exp(z): far below 0 it is e itself, for 1 + e rounds to 1.
const deep = { float32: [-80, -20], float64: [-600, -45] } as const
const near = { float32: [-15, -0.1], float64: [-30, -0.1] } as const

/** How far exp(0) is from 1, as the loss of a single class shows. */
async function offAtZero(attempt: Attempt): Promise<number> {
  const [loss = 0] = (await attempt((scope, from) => lossOf(scope, from, [0]))) ?? []
  return Math.abs(loss)
}

function lossOf(scope: Scope, from: From, logits: readonly number[]): FloatTensor {
  const inputs = { logits: from(logits, [1, logits.length]), labels: scope.labels(Int32Array.of(0), logits.length) }
  return softmaxCrossEntropy.forward(scope, inputs, { scale: 1 }).loss
}

async function ofSoftmax(
  attempt: Attempt,
  z: Float64Array,
  slackOf: (z: number, value: number) => number,
): Promise<Point[]> {
  const rows = Array.from(z, (value) => [0, value]).flat()
  const got = await attempt((scope, from) => {
    const labels = scope.labels(new Int32Array(count), 2)
    const { saved } = softmaxCrossEntropy.forward(scope, { logits: from(rows, [count, 2]), labels }, { scale: 1 })
    return softmaxCrossEntropy.backward(scope, saved).dlogits
  })
  const point = (i: number) => {
    const e = exp(z[i])
    const value = divide(e, add(exactly(1), e))
    return { name: `exp(${z[i]})`, value, slack: slackOf(z[i], value.high) }
  }
  return pointsOf(got, point, (i) => 2 * i + 1)
}

export const exps: FunctionProbe['points'] = async (attempt, ground) => {
  const { unit, dtype } = ground
  const off = await offAtZero(attempt)
  const division = unit.ulps.divide > 0.5 ? 2 * unit.ulps.divide * unit.u : 0
  // Whoever takes exp(z - log(1 + e)) rounds that difference, in which far below 0 nothing is rounded.
  const rounded = (z: number) => unit.u * (2 * Math.abs(z) + 4 + 2 * unit.ulps.divide + 4 * unit.ulps.log)
  return [
    ...(await ofSoftmax(attempt, draw(ground, deep[dtype]), (_, value) => value * (2 * value + off + division))),
    ...(await ofSoftmax(attempt, draw(ground, near[dtype]), (z, value) => value * (rounded(z) + off))),
  ]
}

const classes = [3, 7, 33] as const

/** The loss of equal logits is log(C), of a whole number; of 0 and z it is log(1 + exp(z)), near 1. */
export const logs: FunctionProbe['points'] = async (attempt, ground) => {
  const { unit, dtype, random } = ground
  const off = await offAtZero(attempt)
  const points: Point[] = []
  const C = classes[random.integer(classes.length)]
  const ofEqual = await attempt((scope, from) => lossOf(scope, from, new Array(C).fill(1)))
  if (ofEqual) points.push({ name: `log(${C})`, got: ofEqual[0], value: log(exactly(C)), slack: off })
  for (const z of draw(ground, near[dtype]).subarray(0, 2)) {
    const got = await attempt((scope, from) => lossOf(scope, from, [0, z]))
    const e = exp(z)
    // The sum is rounded, and what is wrong with it is divided by it.
    const slack = 2 * unit.u + off + 2 * unit.ulps.exp * unit.u * e.high + unit.absolute.exp
    if (got) points.push({ name: `log(1 + exp(${z}))`, got: got[0], value: log(add(exactly(1), e)), slack })
  }
  return points
}
