import type { Data, GroupNormDims, LayerNormDims } from '@convkit/api'
import { mapped } from './faults.js'
import { type Fault, kernelMutants, type Mutant } from './mutant.js'
import { statisticsTimes } from './norms.js'

interface Epsilon {
  readonly eps: number
}

/** Where the elements of x and y have their gamma and beta, and their statistics. */
interface Places {
  readonly param: (index: number) => number
  readonly group: (index: number) => number
}

const inRows = ({ size }: LayerNormDims): Places => ({ param: (i) => i % size, group: (i) => Math.floor(i / size) })

const inGroups = ({ channels, groups, inner }: GroupNormDims): Places => ({
  param: (i) => Math.floor(i / inner) % channels,
  group: (i) => Math.floor(i / ((channels / groups) * inner)),
})

/** What layerNorm and groupNorm have in common. */
interface NormKernels<D> {
  forward(d: D, s: Epsilon, x: Data, gamma: Data, beta: Data, y: Data, mean: Data, variance: Data): void
  backward(
    d: D,
    s: Epsilon,
    dy: Data,
    x: Data,
    gamma: Data,
    mean: Data,
    variance: Data,
    dx: Data | null,
    dgamma: Data | null,
    dbeta: Data | null,
  ): void
}

interface NormFault<D> extends Fault {
  change(right: NormKernels<D>): Partial<NormKernels<D>>
}

/** y divided by something else than sqrt(variance + eps). */
function dividing<D>(
  places: (d: D) => Places,
  divisor: (variance: number, mean: number, eps: number) => number,
): NormFault<D>['change'] {
  return ({ forward }) => ({
    forward(d, s, x, gamma, beta, y, mean, variance) {
      forward(d, s, x, gamma, beta, y, mean, variance)
      const { param, group } = places(d)
      const wrong = mapped(y, (value, i) => {
        const [offset, g] = [beta[param(i)], group(i)]
        const right = Math.sqrt(variance[g] + s.eps)
        return offset + ((value - offset) * right) / divisor(variance[g], mean[g], s.eps)
      })
      y.set(wrong)
    },
  })
}

function inBoth<D>(places: (d: D) => Places): { readonly [name: string]: NormFault<D> } {
  return {
    'mean-square': {
      says: 'y is divided by the root of the mean square, as if the mean were 0',
      killers: ['shift', 'forward'],
      change: dividing(places, (variance, mean, eps) => Math.sqrt(variance + mean ** 2 + eps)),
    },
    'dgamma-of-centred': {
      says: 'dgamma sums dy * (x - mean), not divided by the deviation',
      killers: ['gamma', 'backward'],
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          const deviationOf1 = mapped(variance, () => 1 - s.eps)
          backward(d, s, dy, x, gamma, mean, variance, dx, null, dbeta)
          backward(d, s, dy, x, gamma, mean, deviationOf1, null, dgamma, null)
        },
      }),
    },
    'gamma-absolute': {
      says: 'the forward pass takes gamma for positive',
      killers: ['additivity', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, x, gamma, ...storages) => forward(d, s, x, mapped(gamma, Math.abs), ...storages),
      }),
    },
  }
}

/** What normalising layers get wrong about their statistics and their gamma. */
export const statisticsMutants: readonly Mutant[] = [
  ...kernelMutants('batchNorm', {
    'mean-square': {
      says: 'the mean square is taken for the variance',
      killers: ['shift', 'forward'],
      change: ({ statistics }) => ({
        statistics(d, x, mean, variance) {
          statistics(d, x, mean, variance)
          variance.set(mapped(variance, (value, c) => value + mean[c] ** 2))
        },
      }),
    },
    'sums-not-divided': {
      says: 'the sums in the input gradient are not divided by the count',
      killers: ['centred', 'backward', 'numeric-gradient'],
      change: ({ input }) => ({ input: (d, s, ...storages) => input(d, { ...s, count: 1 }, ...storages) }),
    },
    'statistics-constant': {
      says: 'the input gradient takes mean and variance for constants',
      killers: ['centred', 'backward', 'numeric-gradient', 'training/batch-norm-model'],
      change: ({ inputFixed }) => ({
        input: (d, { eps }, dy, _x, gamma, _mean, variance, _dgamma, _dbeta, dx) =>
          inputFixed(d, { eps }, dy, gamma, variance, dx),
      }),
    },
    'gamma-absolute': {
      says: 'the forward pass takes gamma for positive',
      killers: ['additivity', 'forward'],
      change: ({ normalize }) => ({
        normalize: (d, s, x, gamma, ...storages) => normalize(d, s, x, mapped(gamma, Math.abs), ...storages),
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    ...inBoth(inRows),
    'eps-outside-root-in-y': {
      says: 'the forward pass divides by sqrt(variance) + eps',
      killers: ['scale', 'forward'],
      change: dividing(inRows, (variance, _mean, eps) => Math.sqrt(variance) + eps),
    },
  }),
  ...kernelMutants('groupNorm', {
    ...inBoth(inGroups),
    'statistics-constant': {
      says: 'the input gradient takes mean and variance for constants',
      killers: ['centred', 'backward', 'numeric-gradient'],
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
          const { param, group } = inGroups(d)
          const direct = (i: number) => (gamma[param(i)] * dy[i]) / Math.sqrt(variance[group(i)] + s.eps)
          if (dx) statisticsTimes(0, dx, direct)
        },
      }),
    },
  }),
]
