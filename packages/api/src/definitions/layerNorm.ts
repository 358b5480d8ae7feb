import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { type Shape, shapeErrors, sizeOf } from '../shape.js'
import type { GroupNormDims } from './groupNorm.js'

/** x (n, size) in memory: all axes but the first are one. gamma, beta (size); mean, variance (n). */
export interface LayerNormDims {
  readonly n: number
  readonly size: number
}

/** Layer norm as a group norm of one group, whose channels are single numbers; the operands are the same. */
export function oneGroup({ n, size }: LayerNormDims): GroupNormDims {
  return { n, channels: size, inner: 1, groups: 1 }
}

function dims(x: Shape, gamma: Shape, beta: Shape): LayerNormDims {
  const fault = shapeErrors('layerNorm', { x, gamma, beta })
  const [n, ...rest] = x
  if (n === undefined || rest.length === 0) throw fault('x', 'x must have at least 2 axes')
  for (const [name, shape] of [
    ['gamma', gamma],
    ['beta', beta],
  ] as const)
    if (sizeOf(shape) !== sizeOf(rest)) throw fault(name, `${name} must have ${sizeOf(rest)} elements, one a feature`)
  return Object.freeze({ n, size: sizeOf(rest) })
}

export const layerNorm = defineLayer('layerNorm', {
  notation: 'xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps); D = size.',
  dims,
  lengths: ({ n, size }) => ({ x: n * size, y: n * size, gamma: size, beta: size, mean: n, variance: n }),
  methods: {
    forward: {
      formula: 'mean[n], variance[n] over the row (biased, two-pass); y[n,j] = gamma[j] * xhat[n,j] + beta[j]',
      scalars: ['eps'],
      reads: ['x', 'gamma', 'beta'],
      writes: ['y', 'mean', 'variance'],
      flops: ({ n, size }) => 8 * n * size,
    },
    backward: {
      formula: `g = gamma[j] * dy[n,j]; dx[n,j] = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sqrt(variance[n] + eps);
        dgamma[j] = sum_n dy * xhat; dbeta[j] = sum_n dy`,
      scalars: ['eps'],
      reads: ['dy', 'x', 'gamma', 'mean', 'variance'],
      writes: ['dx', 'dgamma', 'dbeta'],
      optional: ['dx', 'dgamma', 'dbeta'],
      flops: ({ n, size }) => 14 * n * size,
    },
  },
})

export type LayerNormKernels<S> = KernelsOf<typeof layerNorm, S>
