import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { formatShape, type Shape, shapeErrors } from '../shape.js'

/** x (n, channels, inner) in memory: inner is H * W for images and 1 for vectors. All else has one element a channel. */
export interface BatchNormDims {
  readonly n: number
  readonly channels: number
  readonly inner: number
}

function dims(x: Shape, channelShapes: { readonly [name: string]: Shape } = {}): BatchNormDims {
  const fault = shapeErrors('batchNorm', { x, ...channelShapes })
  const [n, channels, h = 1, w = 1] = x
  if ((x.length !== 2 && x.length !== 4) || n === undefined || channels === undefined)
    throw fault('x', `x must have 2 axes (N, D) or 4 (N, C, H, W) but has ${x.length}`)
  for (const [name, shape] of Object.entries(channelShapes))
    if (shape.length !== 1 || shape[0] !== channels)
      throw fault(name, `${name} must have shape [${channels}], got ${formatShape(shape)}`)
  return Object.freeze({ n, channels, inner: h * w })
}

const elements = ({ n, channels, inner }: BatchNormDims) => n * channels * inner

export const batchNorm = defineLayer('batchNorm', {
  notation: `In parts, so that statistics can be summed over machines between them, and test mode shares the formulas.
    Index c is the channel; n and i run over the batch and the inner axis; xhat = (x - mean) / sqrt(variance + eps).`,
  dims,
  lengths(d) {
    const [x, c] = [elements(d), d.channels]
    return { x, y: x, gamma: c, beta: c, mean: c, variance: c, batch: c, running: c }
  },
  methods: {
    statistics: {
      formula:
        'mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner: biased, in two passes.',
      reads: ['x'],
      writes: ['mean', 'variance'],
      flops: (d) => 4 * elements(d),
    },
    normalize: {
      formula: 'y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c]',
      scalars: ['eps'],
      reads: ['x', 'gamma', 'beta', 'mean', 'variance'],
      writes: ['y'],
      flops: (d) => 4 * elements(d),
    },
    running: {
      formula: 'running[c] = momentum * running[c] + (1 - momentum) * batch[c]',
      scalars: ['momentum'],
      reads: ['batch'],
      updates: ['running'],
      flops: ({ channels }) => 3 * channels,
    },
    reduce: {
      formula: 'dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy',
      scalars: ['eps'],
      reads: ['dy', 'x', 'mean', 'variance'],
      writes: ['dgamma', 'dbeta'],
      flops: (d) => 5 * elements(d),
    },
    input: {
      formula: `dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count), where \`count\` is the number
        of elements that mean and variance were taken over.`,
      scalars: ['eps', 'count'],
      reads: ['dy', 'x', 'gamma', 'mean', 'variance', 'dgamma', 'dbeta'],
      writes: ['dx'],
      flops: (d) => 6 * elements(d),
    },
    inputFixed: {
      formula: 'Statistics fixed (test mode): dx = gamma[c] / sqrt(variance[c] + eps) * dy',
      scalars: ['eps'],
      reads: ['dy', 'gamma', 'variance'],
      writes: ['dx'],
      flops: elements,
    },
  },
})

export type BatchNormKernels<S> = KernelsOf<typeof batchNorm, S>
