import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { type Shape, shapeErrors, sizeOf } from '../shape.js'

/**
 * x (n, channels, inner) in memory; group g holds channels g * channels / groups and up. gamma, beta (channels); mean,
 * variance (n, groups).
 */
export interface GroupNormDims {
  readonly n: number
  readonly channels: number
  readonly inner: number
  readonly groups: number
}

function dims(x: Shape, gamma: Shape, beta: Shape, groups: number): GroupNormDims {
  const fault = shapeErrors('groupNorm', { x, gamma, beta })
  const [n, channels, ...rest] = x
  if (n === undefined || channels === undefined) throw fault('x', 'x must have at least 2 axes (N, C, ...)')
  for (const [name, shape] of [
    ['gamma', gamma],
    ['beta', beta],
  ] as const)
    if (shape.length !== 1 || shape[0] !== channels) throw fault(name, `${name} must have shape [${channels}]`)
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0)
    throw fault('groups', `groups ${groups} must divide the ${channels} channels`)
  return Object.freeze({ n, channels, inner: sizeOf(rest), groups })
}

export const groupNorm = defineLayer('groupNorm', {
  notation:
    'xhat[n,c,i] = (x[n,c,i] - mean[n,g]) / sqrt(variance[n,g] + eps), g the group of c; K = inner * channels / groups.',
  dims,
  lengths({ n, channels, inner, groups }) {
    const [x, statistics] = [n * channels * inner, n * groups]
    return { x, y: x, gamma: channels, beta: channels, mean: statistics, variance: statistics }
  },
  methods: {
    forward: {
      formula:
        'mean[n,g], variance[n,g] over the group (biased, two-pass); y[n,c,i] = gamma[c] * xhat[n,c,i] + beta[c]',
      scalars: ['eps'],
      reads: ['x', 'gamma', 'beta'],
      writes: ['y', 'mean', 'variance'],
      flops: ({ n, channels, inner }) => 8 * n * channels * inner,
    },
    backward: {
      formula: `t = gamma[c] * dy[n,c,i]; dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sqrt(variance[n,g] + eps), sums over
        the group; dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy`,
      scalars: ['eps'],
      reads: ['dy', 'x', 'gamma', 'mean', 'variance'],
      writes: ['dx', 'dgamma', 'dbeta'],
      optional: ['dx', 'dgamma', 'dbeta'],
      flops: ({ n, channels, inner }) => 14 * n * channels * inner,
    },
  },
})

export type GroupNormKernels<S> = KernelsOf<typeof groupNorm, S>
