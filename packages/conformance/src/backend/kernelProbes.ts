import {
  adam,
  adamw,
  affineRelu,
  avgPool2d,
  batchNorm,
  convRelu,
  groupNorm,
  type Loss,
  layerNorm,
  rmsprop,
  type Scope,
  sgd,
  sgdMomentum,
  softmaxCrossEntropy,
  svmLoss,
  type Update,
} from '@convkit/api'
import { type From, type Probe, type Probes, size } from './probes.js'

type Values = ArrayLike<number>

const few = 4
const ones = new Float64Array(size).fill(1)
const zeros = new Float64Array(size)
const alternating = ones.map((_, i) => (i % 2 === 0 ? 1 : -1))
const inTurn = (values: Values) => Float64Array.from(values, (value, i) => value * alternating[i])
const negative = (values: Values) => Float64Array.from(values, (value) => -value)

/** A step of 1 against -b: what it is divided by is 1, a second moment of 0 and an epsilon of 1. */
function step<S extends object>(
  update: Update<S>,
  scalars: Partial<S>,
  stateOf: (b: Values) => { readonly g: Values; readonly slots: readonly Values[] },
): Probe['queue'] {
  return (_scope, from, a, b) => {
    const { g, slots } = stateOf(b)
    const [w, gradient, ...state] = [a, g, ...slots].map((values) => from(values, [size]))
    update.update(w, gradient, state, { ...update.defaults, learningRate: 1, ...scalars })
    return w
  }
}

const ofGradient = (b: Values) => ({ g: negative(b), slots: [zeros] })
/** Half of the first moment stays, and 1 - 0.5^1000 is 1. */
const ofMoment = (b: Values) => ({ g: zeros, slots: [negative(b).map((value) => 2 * value), zeros] })
const late = { beta1: 0.5, beta2: 0.5, epsilon: 1, step: 1000 }

/** Logits of two classes, whose label is the second. */
function lossOf(loss: Loss, scope: Scope, from: From, logit: number, scale: number) {
  const inputs = { logits: from([logit, 0], [1, 2]), labels: scope.labels(Int32Array.of(1), 2) }
  return loss.forward(scope, inputs, { scale }).loss
}

const norm = { operation: 'plus', roundings: 4, divisor: 'rootOfOne' } as const

/** A single operation in every kernel that computes, made of its own formula with numbers that leave the others exact. */
export const kernelProbes: Probes = {
  affineRelu: {
    kernel: 'affineRelu',
    operation: 'times',
    roundings: 3,
    constant: 'any',
    queue: (scope, from, a, b) => affineRelu.forward(scope, { x: from(a, [size, 1]), w: from([b[0]], [1, 1]) }).y,
  },
  convRelu: {
    kernel: 'convRelu',
    operation: 'times',
    roundings: 3,
    constant: 'any',
    queue: (scope, from, a, b) =>
      convRelu.forward(scope, { x: from(a, [1, 1, 1, size]), w: from([b[0]], [1, 1, 1, 1]) }).y,
  },
  // The mean of two.
  avgPool2d: {
    kernel: 'avgPool2d',
    operation: 'plus',
    roundings: 2,
    factor: 0.5,
    divisor: 'powerOfTwo',
    queue(scope, from, a, b) {
      const x = Array.from(a, (value, i) => [value, b[i]]).flat()
      return avgPool2d.forward(scope, { x: from(x, [1, 1, size, 2]) }, { kernel: [1, 2], stride: [1, 2] }).y
    },
  },
  // x - mean, with a mean of -b.
  batchNorm: {
    ...norm,
    kernel: 'batchNorm',
    queue(scope, from, a, b) {
      const [mean, variance, gamma, beta] = [negative(b), ones, ones, zeros].map((values) => from(values, [size]))
      const inputs = { x: from(a, [1, size]), gamma, beta, runningMean: mean, runningVar: variance }
      return batchNorm.forward(scope, inputs, { mode: 'test', eps: 0 }).y
    },
  },
  // gamma * x + beta, for x of 1 and -1 in turn, whose mean is 0 and whose variance is 1.
  layerNorm: {
    ...norm,
    kernel: 'layerNorm',
    queue(scope, from, a, b) {
      const inputs = { x: from(alternating, [1, size]), gamma: from(inTurn(a), [size]), beta: from(b, [size]) }
      return layerNorm.forward(scope, inputs, { eps: 0 }).y
    },
  },
  groupNorm: {
    ...norm,
    kernel: 'groupNorm',
    queue(scope, from, a, b) {
      const inputs = { x: from(alternating, [1, size, 1, 1]), gamma: from(inTurn(a), [size]), beta: from(b, [size]) }
      return groupNorm.forward(scope, inputs, { groups: 1, eps: 0 }).y
    },
  },
  // log(1 + exp(-64 a)) + 64 a, times the scale: the logarithm is nothing beside the rest.
  softmaxCrossEntropy: {
    kernel: 'softmaxCrossEntropy',
    operation: 'times',
    roundings: 3,
    factor: 64,
    pairs: few,
    queue: (scope, from, a, b) =>
      Array.from(a, (value, i) => lossOf(softmaxCrossEntropy, scope, from, 64 * value, b[i])),
  },
  // A margin of (a - 1) + 1, times the scale.
  svmLoss: {
    kernel: 'svmLoss',
    operation: 'times',
    roundings: 3,
    pairs: few,
    queue: (scope, from, a, b) => Array.from(a, (value, i) => lossOf(svmLoss, scope, from, value - 1, b[i])),
  },
  sgd: {
    kernel: 'sgd',
    operation: 'plus',
    roundings: 2,
    queue: step(sgd, {}, (b) => ({ g: negative(b), slots: [] })),
  },
  sgdMomentum: {
    kernel: 'sgdMomentum',
    operation: 'plus',
    roundings: 3,
    isState: true,
    queue: step(sgdMomentum, { momentum: 0 }, ofGradient),
  },
  rmsprop: {
    kernel: 'rmsprop',
    operation: 'plus',
    roundings: 3,
    divisor: 'rootOfOne',
    queue: step(rmsprop, { decayRate: 1, epsilon: 1 }, ofGradient),
  },
  adam: {
    kernel: 'adam',
    operation: 'plus',
    roundings: 6,
    divisor: 'rootOfOne',
    isState: true,
    queue: step(adam, late, ofMoment),
  },
  adamw: {
    kernel: 'adamw',
    operation: 'plus',
    roundings: 8,
    divisor: 'rootOfOne',
    isState: true,
    queue: step(adamw, { ...late, weightDecay: 0 }, ofMoment),
  },
}
