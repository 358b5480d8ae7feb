import { backward, forward, sigmoid, sigmoidSlope } from './activations.js'
import { kernelMutants } from './mutant.js'

const silu = (x: number) => x * sigmoid(x)

export const siluMutants = kernelMutants('silu', {
  'of-gelu': {
    says: 'x * sigmoid(1.702 x): the quick form of gelu',
    killers: ['forward', 'tanh-form', 'large', 'numeric-gradient'],
    change: forward((x) => x * sigmoid(1.702 * x)),
  },
  hard: {
    says: 'the sigmoid is that of small devices, x / 6 + 1 / 2 cut off at 0 and 1: hard swish',
    killers: ['forward', 'tanh-form', 'large', 'numeric-gradient'],
    change: forward((x) => x * Math.min(1, Math.max(0, x / 6 + 0.5))),
  },
  'sigmoid-of-negative': {
    says: 'x * sigmoid(-x): y(-x) with its sign turned',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(-x)),
  },
  'negative-cut': {
    says: 'what is negative is cut off, as relu does',
    killers: ['halves', 'forward', 'tanh-form'],
    change: forward((x) => Math.max(0, silu(x))),
  },
  'saturates-early': {
    says: 'beyond 6 it is x, and below -6 it is 0',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => (x > 6 ? x : x < -6 ? 0 : silu(x))),
  },
  'gradient-of-sigmoid-alone': {
    says: 'the sigmoid is taken for a constant: dx = dy sigmoid(x)',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward(sigmoid),
  },
  'gradient-without-y': {
    says: 'the slope of the sigmoid is not multiplied by x',
    killers: ['backward', 'numeric-gradient', 'halves', 'large'],
    change: backward((x) => sigmoid(x) + sigmoidSlope(x)),
  },
  'gradient-of-relu': {
    says: 'the gradient of relu: a straight-through estimate',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => (x > 0 ? 1 : 0)),
  },
  'gradient-at-y': {
    says: 'the slope is taken at y, as relu may',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => sigmoid(silu(x)) + silu(x) * sigmoidSlope(silu(x))),
  },
})
