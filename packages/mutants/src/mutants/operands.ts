import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { after, kernelMutants, type Mutant } from './mutant.js'

/** Turns the taps of each filter around, in place. */
function turn(w: Data, taps: number): void {
  for (let at = 0; at < w.length; at += taps) w.subarray(at, at + taps).reverse()
}

const kept = ['inputs-kept'] as const

/** Each leaves other bits in what it only reads, in some calls. */
export const operandMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'partial-sums-in-dy': {
      says: 'the weight gradient keeps partial sums at the end of dy',
      killers: kept,
      change: after('backward', (_d, dy, _x, _w, _dx, dw) => {
        if (dw) dy[dy.length - 1] += dw[0]
      }),
    },
    'kernels-left-turned': {
      says: 'weights are turned around in place for dx, and back again where dw is computed',
      killers: kept,
      change: after('backward', (d, _dy, _x, w, dx, dw) => {
        if (dx && !dw) turn(w, d.kH * d.kW)
      }),
    },
  }),
  ...kernelMutants('affine', {
    'dy-summed-in-place': {
      says: 'where db alone is wanted the rows of dy are added up in the first of them',
      killers: kept,
      change: after('backward', (_d, dy, _x, _w, dx, dw, db) => {
        if (db && !dx && !dw) dy.set(db)
      }),
    },
    'bias-cleared': {
      says: 'the bias serves as the accumulator of the last row, and is put back rounded to eighths',
      killers: kept,
      change: after('forward', (_d, _x, _w, b) => {
        if (b) b.set(mapped(b, (value) => Math.round(value * 8) / 8))
      }),
    },
  }),
  ...kernelMutants('relu', {
    'dy-masked-in-place': {
      says: 'the backward pass masks dy itself, and copies it',
      killers: kept,
      change: after('backward', (_d, dy, _y, dx) => dy.set(dx)),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'zeros-of-y-unified': {
      says: 'the backward pass adds 0 to y, so that it meets -0 as 0, and stores it',
      killers: kept,
      change: after('backward', (_d, _dy, _x, y) => y.set(mapped(y, (value) => value + 0))),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'dy-divided-in-place': {
      says: 'dy is divided by the size of the window where it stands',
      killers: kept,
      change: after('backward', (d, dy) => dy.set(mapped(dy, (value) => value / (d.kH * d.kW)))),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'mask-flushed': {
        says: 'the product flushes what is subnormal in its operands where they stand',
        killers: kept,
        change: after('multiply', (_d, x) => x.set(mapped(x, (value) => (Math.abs(value) < 2 ** -126 ? 0 : value)))),
      },
    },
    { row: 'dropout' },
  ),
  ...kernelMutants('batchNorm', {
    'gamma-folded': {
      says: 'the input gradient folds 1 / sqrt(variance + eps) into gamma',
      killers: kept,
      change: after('input', (_d, s, _dy, _x, gamma, _mean, variance) =>
        gamma.set(mapped(gamma, (value, c) => value / Math.sqrt(variance[c] + s.eps))),
      ),
    },
    'running-variance-rooted': {
      says: 'in test mode the gradient leaves roots where the running variance was',
      killers: kept,
      change: after('inputFixed', (_d, s, _dy, _gamma, variance) =>
        variance.set(mapped(variance, (value) => Math.sqrt(value + s.eps))),
      ),
    },
    'batch-scaled-in-place': {
      says: 'the running average multiplies the batch by its share before it adds it',
      killers: [...kept, 'forward', 'running'],
      change: after('running', (_d, s, batch) => batch.set(mapped(batch, (value) => value * (1 - s.momentum)))),
    },
  }),
  ...kernelMutants('layerNorm', {
    'variance-inverted': {
      says: 'where dx is not wanted the backward pass leaves 1 / sqrt(variance + eps) in the saved variance',
      killers: kept,
      change: after('backward', (_d, s, _dy, _x, _gamma, _mean, variance, dx) => {
        if (!dx) variance.set(mapped(variance, (value) => 1 / Math.sqrt(value + s.eps)))
      }),
    },
  }),
  ...kernelMutants('groupNorm', {
    'x-centred-in-place': {
      says: 'the backward pass takes the mean off x where it stands',
      killers: kept,
      change: after('backward', (d, _s, _dy, x, _gamma, mean) => {
        const size = (d.channels / d.groups) * d.inner
        x.set(mapped(x, (value, i) => value - mean[Math.floor(i / size)]))
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'labels-left-shifted': {
      says: 'labels become indices of the whole array, and labels again in the first four rows',
      killers: kept,
      change: after('backward', (d, _s, _logits, labels) => {
        for (let n = 4; n < d.n; n++) labels[n] += n * d.classes
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'margins-in-logits': {
      says: '1 is added to every logit, and taken off again, which costs the last bits',
      killers: kept,
      change: after('forward', (_d, _s, logits) => {
        for (const step of [1, -1]) logits.set(mapped(logits, (value) => value + step))
      }),
    },
  }),
  ...kernelMutants('sgd', {
    'gradient-cleared': {
      says: 'the gradient is cleared once it has been used',
      killers: kept,
      change: after('update', (_d, _s, g) => g.fill(0)),
    },
  }),
  ...kernelMutants('adam', {
    'gradient-squared-in-place': {
      says: 'the gradient is left squared',
      killers: kept,
      change: after('update', (_d, _s, g) => g.set(mapped(g, (value) => value * value))),
    },
  }),
]
