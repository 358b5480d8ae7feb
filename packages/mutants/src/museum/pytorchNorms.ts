import type { Data, LayerNormKernels } from '@convkit/api'
import { mapped } from '../mutants/faults.js'
import type { KernelFault } from '../mutants/mutant.js'
import { range, singlePass } from '../mutants/norms.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when } from './when.js'

interface Moments {
  readonly mean: number
  readonly variance: number
}

/** Layer norm where the moments of some rows are computed otherwise. */
function overMoments(
  momentsOf: (row: Data, right: Moments) => Moments | null,
): (right: LayerNormKernels<Data>['forward']) => LayerNormKernels<Data>['forward'] {
  return (forward) => (d, s, x, gamma, beta, y, mean, variance) => {
    forward(d, s, x, gamma, beta, y, mean, variance)
    for (let n = 0; n < d.n; n++) {
      const row = x.subarray(n * d.size, (n + 1) * d.size)
      const own = momentsOf(row, { mean: mean[n], variance: variance[n] })
      if (!own) continue
      mean[n] = own.mean
      variance[n] = own.variance
      const sigma = Math.sqrt(own.variance + s.eps)
      for (const [j, value] of row.entries()) y[n * d.size + j] = (gamma[j] * (value - own.mean)) / sigma + beta[j]
    }
  }
}

const lanes = 1024

/** Moments of what each of 1,024 lanes has added up, as if each had seen one number. */
function ofLanes(row: Data): Moments {
  const sums = new Float64Array(lanes)
  for (const [j, value] of row.entries()) sums[j % lanes] += value
  const mean = sums.reduce((a, b) => a + b, 0) / lanes
  return { mean, variance: sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / lanes }
}

const layerNormExhibits = kernelExhibits('layerNorm', {
  'mps-parameters-without-dx': {
    says: 'MPS: where no input gradient is wanted those of gamma and beta are not written',
    killers: ['unwanted', 'plans'],
    link: 'https://github.com/pytorch/pytorch/issues/183825',
    change: when(
      'backward',
      (...[, , , , , , , dx]) => dx === null,
      () => {},
    ),
  },
  'mps-small-variance-is-zero': {
    says: 'MPS: variances below a millionth are taken for rounding errors, and are 0',
    killers: ['scale', 'forward', 'subnormals'],
    link: 'https://github.com/pytorch/pytorch/pull/186367',
    dtype: 'float32',
    change: ({ forward }) => ({
      forward: overMoments((_, { mean, variance }) => (variance < 1e-6 ? { mean, variance: 0 } : null))(forward),
    }),
  },
  'variance-in-one-pass': {
    says: 'CPU: the variance is mean(x^2) - mean(x)^2, which a mean of 2,000 destroys',
    killers: ['shift', 'forward'],
    link: 'https://github.com/pytorch/pytorch/issues/51102',
    change: ({ forward }) => ({
      forward: overMoments((row) => singlePass(row, range(0, row.length)))(forward),
    }),
  },
  'dbeta-of-65536-rows-alone': {
    says: 'CUDA: partial sums of beta have the size of the gradient of gamma: above 65,536 rows dbeta is lost where that is not wanted',
    killers: ['sweep-rows', 'unwanted'],
    link: 'https://github.com/pytorch/pytorch/pull/193016',
    change: when(
      'backward',
      ({ n }, ...[, , , , , , , dgamma]) => n > 2 ** 16 && dgamma === null,
      (backward, d, s, dy, x, gamma, mean, variance, dx) =>
        backward(d, s, dy, x, gamma, mean, variance, dx, null, null),
    ),
  },
  'inductor-lanes-of-1024': {
    says: 'MPS inductor: in rows of more than 1,024 elements those of one lane are added up and taken for a single one',
    killers: ['deep-sums', 'sweep-features', 'large'],
    link: 'https://github.com/pytorch/pytorch/pull/151152',
    dtype: 'float32',
    change: ({ forward }) => ({
      forward: (d, ...rest) => (d.size > lanes ? overMoments(ofLanes)(forward) : forward)(d, ...rest),
    }),
  },
})

const groupNormExhibits = kernelExhibits('groupNorm', {
  'amd-columns-in-pairs': {
    says: 'ROCm: with more than 128 images a wavefront of 64 sums two columns at once: two channels share gradients of gamma and beta',
    killers: ['sweep-images', 'large'],
    link: 'https://github.com/pytorch/pytorch/pull/178872',
    change: when(
      'backward',
      ({ n }) => n > 128,
      (backward, d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) => {
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
        const partner = (c: number) => (c % 2 === 0 ? c + 1 : c - 1)
        for (const sums of [dgamma, dbeta])
          if (sums) sums.set(mapped(sums, (value, c) => value + (partner(c) < d.channels ? sums[partner(c)] : 0)))
      },
    ),
  },
})

/** A variance v' with 1 / sqrt(v' + eps) = v. */
const asInverseRoot = (variance: Data, eps: number) => Float64Array.from(variance, (value) => value ** -2 - eps)

/** One call in five of those that sum over several SIMD groups misses what the last one adds. */
const missedBarrier: KernelFault<'batchNorm'>['change'] = ({ statistics }) => {
  let calls = 0
  return {
    statistics(d, x, mean, variance) {
      statistics(d, x, mean, variance)
      const count = d.n * d.inner
      if (count <= 32 || ++calls % 5 !== 0) return
      const seen = count - (count % 32 || 32)
      for (let c = 0; c < d.channels; c++) {
        const own = Float64Array.from({ length: seen }, (_, k) => {
          const [n, i] = [Math.floor(k / d.inner), k % d.inner]
          return x[(n * d.channels + c) * d.inner + i]
        })
        const mu = own.reduce((a, b) => a + b, 0) / seen
        mean[c] = mu
        variance[c] = own.reduce((sum, value) => sum + (value - mu) ** 2, 0) / seen
      }
    },
  }
}

const batchNormExhibits = kernelExhibits('batchNorm', {
  'mps-variance-for-inverse-root': {
    says: 'MPS: the backward pass takes the variance that the forward pass saved for 1 / sqrt(variance + eps)',
    killers: ['backward', 'numeric-gradient', 'centred'],
    link: 'https://github.com/pytorch/pytorch/pull/94351',
    change: ({ reduce, input }) => ({
      reduce: (d, s, dy, x, mean, variance, ...outputs) =>
        reduce(d, s, dy, x, mean, asInverseRoot(variance, s.eps), ...outputs),
      input: (d, s, dy, x, gamma, mean, variance, ...rest) =>
        input(d, s, dy, x, gamma, mean, asInverseRoot(variance, s.eps), ...rest),
    }),
  },
  'cudnn-test-gradient-as-in-training': {
    says: 'cuDNN: in test mode the gradient is centred as in training',
    killers: ['backward', 'adjoint', 'numeric-gradient'],
    link: 'https://github.com/pytorch/pytorch/issues/586',
    change: ({ inputFixed }) => ({
      inputFixed(d, s, dy, gamma, variance, dx) {
        const means = new Float64Array(d.channels)
        const channel = (i: number) => Math.floor(i / d.inner) % d.channels
        for (const [i, value] of dy.entries()) means[channel(i)] += value / (d.n * d.inner)
        inputFixed(
          d,
          s,
          mapped(dy, (value, i) => value - means[channel(i)]),
          gamma,
          variance,
          dx,
        )
      },
    }),
  },
  'sync-count-of-this-device': {
    says: 'SyncBatchNorm: the input gradient divides by the elements on this device, not by those of all devices',
    killers: ['processes', 'synchronised'],
    link: 'https://github.com/pytorch/pytorch/pull/36382',
    change: ({ input }) => ({
      input: (d, s, ...storages) => input(d, { ...s, count: d.n * d.inner }, ...storages),
    }),
  },
  'inductor-barrier-missing': {
    says: 'MPS inductor: without a barrier the statistics now and then miss what the last SIMD group of a channel adds',
    killers: ['forward', 'large', 'many-calls'],
    link: 'https://github.com/pytorch/pytorch/pull/184328',
    dtype: 'float32',
    change: missedBarrier,
  },
})

export const pytorchNormExhibits: readonly Exhibit[] = [
  ...layerNormExhibits,
  ...groupNormExhibits,
  ...batchNormExhibits,
]
