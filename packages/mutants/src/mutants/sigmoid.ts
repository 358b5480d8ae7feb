import { backward, forward, sigmoid, sigmoidSlope } from './activations.js'
import { kernelMutants } from './mutant.js'

export const sigmoidMutants = kernelMutants('sigmoid', {
  overflows: {
    says: 'exp(x) / (1 + exp(x)), which is infinity over infinity for a large x',
    killers: ['forward', 'tanh-form', 'complement', 'special-values'],
    change: forward((x) => Math.exp(x) / (1 + Math.exp(x))),
  },
  hard: {
    says: 'the piecewise linear sigmoid of small devices: x / 6 + 1 / 2, cut off at 0 and 1',
    killers: ['forward', 'tanh-form', 'large', 'numeric-gradient'],
    change: forward((x) => Math.min(1, Math.max(0, x / 6 + 0.5))),
  },
  'sign-turned': {
    says: '1 / (1 + exp(x)): y(-x)',
    killers: ['forward', 'tanh-form', 'numeric-gradient'],
    change: forward((x) => 1 / (1 + Math.exp(x))),
  },
  'saturates-early': {
    says: 'beyond 8 it is 1; what is below -8 is right',
    killers: ['complement', 'forward', 'tanh-form'],
    change: forward((x) => (x > 8 ? 1 : sigmoid(x))),
  },
  'small-cut-off': {
    says: 'below -20 it is 0',
    killers: ['forward'],
    change: forward((x) => (x < -20 ? 0 : sigmoid(x))),
  },
  'gradient-of-y-for-x': {
    says: 'the slope is taken at y: a backward pass that is given x and takes it for y',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => sigmoidSlope(sigmoid(x))),
  },
  'gradient-x-for-y': {
    says: 'x (1 - x): x is taken for y',
    killers: ['backward', 'numeric-gradient', 'complement'],
    change: backward((x) => x * (1 - x)),
  },
  'gradient-cancels': {
    says: '1 - y in the place of y(-x), which cancels where y is near 1',
    killers: ['backward', 'complement'],
    change: backward((x) => sigmoid(x) * (1 - sigmoid(x))),
  },
  'gradient-of-tanh': {
    says: '1 - y^2: the slope of tanh',
    killers: ['backward', 'numeric-gradient', 'complement', 'large'],
    change: backward((x) => 1 - sigmoid(x) ** 2),
  },
})
