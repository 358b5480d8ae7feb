import { backward, forward, sigmoid, sigmoidSlope } from './activations.js'
import { kernelMutants } from './mutant.js'

export const tanhMutants = kernelMutants('tanh', {
  'sigmoid-form': {
    says: '2 sigmoid(2 x) - 1, which cancels near 0',
    killers: ['near-0', 'forward'],
    change: forward((x) => 2 * sigmoid(2 * x) - 1),
  },
  overflows: {
    says: '(exp(2 x) - 1) / (exp(2 x) + 1), which is infinity over infinity for a large x',
    killers: ['forward', 'odd', 'sigmoid-form', 'special-values'],
    change: forward((x) => Math.expm1(2 * x) / (Math.exp(2 * x) + 1)),
  },
  rational: {
    says: "x (27 + x^2) / (27 + 9 x^2), Padé's approximation, cut off at 1",
    killers: ['forward', 'sigmoid-form', 'large'],
    change: forward((x) => Math.max(-1, Math.min(1, (x * (27 + x * x)) / (27 + 9 * x * x)))),
  },
  hard: {
    says: 'x itself, cut off at -1 and 1',
    killers: ['forward', 'sigmoid-form', 'large', 'numeric-gradient'],
    change: forward((x) => Math.max(-1, Math.min(1, x))),
  },
  'half-argument': {
    says: 'tanh(x / 2): what sigmoid is made of',
    killers: ['forward', 'near-0', 'numeric-gradient'],
    change: forward((x) => Math.tanh(x / 2)),
  },
  'saturates-early': {
    says: 'beyond 4 it is 1; below -4 it is right',
    killers: ['odd', 'forward', 'sigmoid-form'],
    change: forward((x) => (x > 4 ? 1 : Math.tanh(x))),
  },
  'gradient-cancels': {
    says: '1 - y^2, which cancels where y is near 1 or -1',
    killers: ['backward'],
    change: backward((x) => 1 - Math.tanh(x) ** 2),
  },
  'gradient-of-sigmoid': {
    says: 'the slope of sigmoid',
    killers: ['backward', 'numeric-gradient', 'near-0'],
    change: backward(sigmoidSlope),
  },
  'gradient-y-once': {
    says: '1 - y: the square is forgotten',
    killers: ['backward', 'numeric-gradient', 'odd'],
    change: backward((x) => 1 - Math.tanh(x)),
  },
  'gradient-x-for-y': {
    says: '1 - x^2: x is taken for y',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => 1 - x * x),
  },
  'gradient-at-y': {
    says: 'the slope is taken at y: a backward pass that is given y and takes it for x',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => 1 - Math.tanh(Math.tanh(x)) ** 2),
  },
})
