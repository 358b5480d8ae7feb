import { elementKernels } from './elementLoss.js'
import { kernelMutants } from './mutant.js'

const { forward, backward, neighbours } = elementKernels
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

export const binaryCrossEntropyWithLogitsMutants = kernelMutants('binaryCrossEntropyWithLogits', {
  'plain-logarithm': {
    says: 'log(1 + exp(x)), which overflows, in single precision',
    killers: ['forward', 'large', 'other-class'],
    change: () => forward((x, t) => Math.log(1 + Math.fround(Math.exp(x))) - t * x),
  },
  'of-probabilities': {
    says: 'x is taken for a probability, clamped to [1e-7, 1 - 1e-7]',
    killers: ['forward', 'large', 'numeric-gradient'],
    change: () =>
      forward((x, t) => {
        const p = Math.min(1 - 1e-7, Math.max(1e-7, x))
        return -t * Math.log(p) - (1 - t) * Math.log(1 - p)
      }),
  },
  'other-class-left-out': {
    says: '-t log(p) alone: what is not of the class costs nothing',
    killers: ['other-class', 'forward', 'large'],
    change: () => forward((x, t) => t * softplus(-x)),
  },
  'target-rounded': {
    says: 'targets are rounded to 0 or 1',
    killers: ['forward', 'other-class', 'numeric-gradient'],
    change: () => forward((x, t) => softplus(x) - (t > 0.5 ? x : 0)),
  },
  'tail-cut': {
    says: 'beyond 8 softplus(x) is x, and below -8 it is 0',
    killers: ['large', 'forward'],
    change: () => forward((x, t) => (x > 8 ? x : x < -8 ? 0 : softplus(x)) - t * x),
  },
  'logits-clamped': {
    says: 'logits beyond 3 count as 3',
    killers: ['forward', 'large', 'backward'],
    change: () => forward((x, t) => softplus(Math.min(3, x)) - t * Math.min(3, x)),
  },
  'gradient-of-probability': {
    says: 'the gradient is multiplied by p (1 - p), as that of a squared error of p is',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: () => backward((x, t) => (sigmoid(x) - t) * sigmoid(x) * sigmoid(-x)),
  },
  'gradient-sign': {
    says: 't - p in the place of p - t',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: () => backward((x, t) => t - sigmoid(x)),
  },
  'gradient-without-target': {
    says: 'the gradient of softplus alone',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: () => backward((x) => sigmoid(x)),
  },
  'neighbour-targets': {
    says: 'the target of the first of four elements serves them all: a broadcast for a load',
    killers: ['elements', 'batch-order', 'backward'],
    change: neighbours,
  },
})
