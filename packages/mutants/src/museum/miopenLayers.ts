import type { BatchNormDims, Data } from '@convkit/api'
import { after } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** The values of a channel. */
function channel({ n, channels, inner }: BatchNormDims, x: Data, c: number): Data[] {
  return Array.from({ length: n }, (_, i) => x.subarray((i * channels + c) * inner, (i * channels + c + 1) * inner))
}

/** Sums of the values and of their squares, each rounded to float32 at every step. */
function singleSums(rows: readonly Data[]): readonly [sum: number, squares: number] {
  let [sum, squares] = [0, 0]
  for (const row of rows)
    for (const value of row) {
      sum = Math.fround(sum + value)
      squares = Math.fround(squares + Math.fround(value * value))
    }
  return [sum, squares]
}

export const miopenLayers: readonly Exhibit[] = [
  ...kernelExhibits('maxPool2d', {
    'indices-of-no-forward-pass': {
      says: 'the backward pass reads the indices that a forward pass left for this output, and gives zeros where there was none',
      killers: ['replays'],
      link: 'https://github.com/ROCm/MIOpen/issues/838',
      change({ forward, backward }) {
        const known = new WeakSet<Data>()
        return {
          forward(d, x, y) {
            forward(d, x, y)
            known.add(y)
          },
          backward(d, dy, x, y, dx) {
            if (known.has(y)) backward(d, dy, x, y, dx)
            else dx.fill(0)
          },
        }
      },
    },
  }),
  ...kernelExhibits('batchNorm', {
    'running-updated-by-tuning': {
      says: 'the first call of a shape tries several kernels, and each of them updates the running values',
      killers: ['running', 'forward'],
      link: 'https://github.com/ROCm/rocm-libraries/pull/2104',
      change({ running }) {
        const tuned = new Set<string>()
        return {
          running(d, s, batch, values) {
            const key = JSON.stringify(d)
            if (!tuned.has(key)) {
              running(d, s, batch, values)
              running(d, s, batch, values)
            }
            tuned.add(key)
            running(d, s, batch, values)
          },
        }
      },
    },
    'variance-of-one-sample': {
      says: 'the variance of a single value is the rounded square less the exact one, instead of zero',
      killers: ['centred', 'forward', 'scale'],
      link: 'https://github.com/ROCm/rocm-libraries/pull/2193',
      dtype: 'float32',
      change: where(
        (d: BatchNormDims) => d.n * d.inner === 1,
        after('statistics', (_d, x, _mean, variance) => {
          for (const [c, value] of x.entries()) variance[c] = Math.fround(value * value) - value * value
        }),
      ),
    },
    'variance-below-zero': {
      says: 'PyTorch on ROCm: the variance of equal values is the difference of two rounded numbers, and may be below zero',
      killers: ['sweep-features', 'large', 'forward'],
      link: 'https://github.com/ROCm/pytorch/issues/657',
      dtype: 'float32',
      change: after('statistics', (d, x, mean, variance) => {
        for (let c = 0; c < d.channels; c++) {
          const rows = channel(d, x, c)
          if (!rows.every((row) => row.every((value) => value === rows[0][0]))) continue
          const [sum, squares] = singleSums(rows)
          const mu = Math.fround(sum / (d.n * d.inner))
          mean[c] = mu
          variance[c] = Math.fround(squares / (d.n * d.inner)) - Math.fround(mu * mu)
        }
      }),
    },
  }),
  ...kernelExhibits('affine', {}),
]
