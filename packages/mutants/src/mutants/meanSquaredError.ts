import { elementKernels } from './elementLoss.js'
import { kernelMutants } from './mutant.js'

const { forward, backward, neighbours } = elementKernels

export const meanSquaredErrorMutants = kernelMutants('meanSquaredError', {
  halved: {
    says: 'half of the square, as textbooks have it, in both passes',
    killers: ['forward', 'backward', 'large'],
    change: () => ({ ...forward((x, t) => 0.5 * (x - t) ** 2), ...backward((x, t) => x - t) }),
  },
  absolute: {
    says: 'the absolute error in the place of its square',
    killers: ['forward', 'large', 'numeric-gradient'],
    change: () => forward((x, t) => Math.abs(x - t)),
  },
  'squares-apart': {
    says: 'x^2 - t^2, which changes its sign with the places of the two',
    killers: ['exchange', 'forward'],
    change: () => forward((x, t) => x * x - t * t),
  },
  expanded: {
    says: 'x^2 - 2 x t + t^2 in single precision, which cancels where x is near t',
    killers: ['forward', 'exchange'],
    change: () => forward((x, t) => Math.fround(Math.fround(x * x) - Math.fround(2 * x * t)) + Math.fround(t * t)),
  },
  clipped: {
    says: 'errors beyond 1 count as 1',
    killers: ['forward', 'numeric-gradient', 'large'],
    change: () => forward((x, t) => Math.min(1, (x - t) ** 2)),
  },
  'gradient-once': {
    says: 'the gradient lacks its factor of 2',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: () => backward((x, t) => x - t),
  },
  'gradient-of-target': {
    says: 'the gradient is that of the target: its sign is turned',
    killers: ['backward', 'numeric-gradient', 'large'],
    change: () => backward((x, t) => 2 * (t - x)),
  },
  'neighbour-targets': {
    says: 'the target of the first of four elements serves them all: a broadcast for a load',
    killers: ['elements', 'batch-order', 'backward'],
    change: neighbours,
  },
})
