import { backward, forward, sigmoid, sigmoidSlope } from './activations.js'
import { kernelMutants } from './mutant.js'

const scale = 2 * Math.sqrt(2 / Math.PI)

/** Abramowitz and Stegun 7.1.26, off by at most 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x))
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return Math.sign(x) * (1 - sum * Math.exp(-x * x))
}

const argument = (x: number) => scale * (x + 0.044715 * x ** 3)

export const geluMutants = kernelMutants('gelu', {
  'exact-form': {
    says: 'the normal distribution itself, by erf, in the place of its tanh form',
    killers: ['forward', 'tanh-form', 'large', 'numeric-gradient'],
    change: forward((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  },
  'quick-form': {
    says: 'x * sigmoid(1.702 x), as some models have it',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(1.702 * x)),
  },
  'digit-dropped': {
    says: '0.04475 in the place of 0.044715',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(scale * (x + 0.04475 * x ** 3))),
  },
  'cubic-left-out': {
    says: 'the cubic term is left out',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(scale * x)),
  },
  silu: {
    says: 'x * sigmoid(x): silu',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(x)),
  },
  'sigmoid-of-negative': {
    says: 'the sigmoid of -u: y(-x) with its sign turned',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => x * sigmoid(-argument(x))),
  },
  'saturates-early': {
    says: 'beyond 3 it is x, and below -3 it is 0',
    killers: ['forward', 'tanh-form', 'large'],
    change: forward((x) => (x > 3 ? x : x < -3 ? 0 : x * sigmoid(argument(x)))),
  },
  'negative-cut': {
    says: 'what is negative is cut off, as relu does',
    killers: ['halves', 'forward', 'tanh-form'],
    change: forward((x) => Math.max(0, x * sigmoid(argument(x)))),
  },
  'gradient-of-sigmoid-alone': {
    says: 'the sigmoid is taken for a constant: dx = dy sigmoid(u)',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => sigmoid(argument(x))),
  },
  'gradient-without-cubic': {
    says: 'the slope of the cubic term is left out',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => sigmoid(argument(x)) + x * sigmoidSlope(argument(x)) * scale),
  },
  'gradient-cubic-once': {
    says: 'the slope of x^3 is x^2',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => sigmoid(argument(x)) + x * sigmoidSlope(argument(x)) * scale * (1 + 0.044715 * x * x)),
  },
  'gradient-of-exact-form': {
    says: 'the gradient of the form by erf, beside a forward pass in tanh form',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => (1 + erf(x / Math.SQRT2)) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)),
  },
  'gradient-at-y': {
    says: 'the slope is taken at y, as relu may',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: backward((x) => {
      const y = x * sigmoid(argument(x))
      return sigmoid(argument(y)) + y * sigmoidSlope(argument(y)) * scale * (1 + 3 * 0.044715 * y * y)
    }),
  },
})
