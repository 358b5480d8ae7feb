import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

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
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (dw) dy[dy.length - 1] += dw[0]
        },
      }),
    },
    'kernels-left-turned': {
      says: 'weights are turned around in place for dx, and back again where dw is computed',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (dx && !dw) turn(w, d.kH * d.kW)
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'dy-summed-in-place': {
      says: 'where db alone is wanted the rows of dy are added up in the first of them',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (db && !dx && !dw) dy.set(db)
        },
      }),
    },
    'bias-cleared': {
      says: 'the bias serves as the accumulator of the last row, and is put back rounded to eighths',
      killers: kept,
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          if (b) b.set(mapped(b, (value) => Math.round(value * 8) / 8))
        },
      }),
    },
  }),
  ...kernelMutants('relu', {
    'dy-masked-in-place': {
      says: 'the backward pass masks dy itself, and copies it',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, dy, y, dx) {
          backward(d, dy, y, dx)
          dy.set(dx)
        },
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'zeros-of-y-unified': {
      says: 'the backward pass adds 0 to y, so that it meets -0 as 0, and stores it',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, dy, x, y, dx) {
          backward(d, dy, x, y, dx)
          y.set(mapped(y, (value) => value + 0))
        },
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'dy-divided-in-place': {
      says: 'dy is divided by the size of the window where it stands',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, dy, dx) {
          backward(d, dy, dx)
          dy.set(mapped(dy, (value) => value / (d.kH * d.kW)))
        },
      }),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'mask-flushed': {
        says: 'the product flushes what is subnormal in its operands where they stand',
        killers: kept,
        change: ({ multiply }) => ({
          multiply(d, x, m, y) {
            multiply(d, x, m, y)
            x.set(mapped(x, (value) => (Math.abs(value) < 2 ** -126 ? 0 : value)))
          },
        }),
      },
    },
    { row: 'dropout' },
  ),
  ...kernelMutants('batchNorm', {
    'gamma-folded': {
      says: 'the input gradient folds 1 / sqrt(variance + eps) into gamma',
      killers: kept,
      change: ({ input }) => ({
        input(d, s, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
          input(d, s, dy, x, gamma, mean, variance, dgamma, dbeta, dx)
          gamma.set(mapped(gamma, (value, c) => value / Math.sqrt(variance[c] + s.eps)))
        },
      }),
    },
    'running-variance-rooted': {
      says: 'in test mode the gradient leaves roots where the running variance was',
      killers: kept,
      change: ({ inputFixed }) => ({
        inputFixed(d, s, dy, gamma, variance, dx) {
          inputFixed(d, s, dy, gamma, variance, dx)
          variance.set(mapped(variance, (value) => Math.sqrt(value + s.eps)))
        },
      }),
    },
    'batch-scaled-in-place': {
      says: 'the running average multiplies the batch by its share before it adds it',
      killers: [...kept, 'forward', 'running'],
      change: ({ running }) => ({
        running(d, s, batch, average) {
          running(d, s, batch, average)
          batch.set(mapped(batch, (value) => value * (1 - s.momentum)))
        },
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'variance-inverted': {
      says: 'where dx is not wanted the backward pass leaves 1 / sqrt(variance + eps) in the saved variance',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
          if (!dx) variance.set(mapped(variance, (value) => 1 / Math.sqrt(value + s.eps)))
        },
      }),
    },
  }),
  ...kernelMutants('groupNorm', {
    'x-centred-in-place': {
      says: 'the backward pass takes the mean off x where it stands',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
          const size = (d.channels / d.groups) * d.inner
          x.set(mapped(x, (value, i) => value - mean[Math.floor(i / size)]))
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'labels-left-shifted': {
      says: 'labels become indices of the whole array, and labels again in the first four rows',
      killers: kept,
      change: ({ backward }) => ({
        backward(d, s, logits, labels, dlogits) {
          backward(d, s, logits, labels, dlogits)
          for (let n = 4; n < d.n; n++) labels[n] += n * d.classes
        },
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'margins-in-logits': {
      says: '1 is added to every logit, and taken off again, which costs the last bits',
      killers: kept,
      change: ({ forward }) => ({
        forward(d, s, logits, labels, loss) {
          forward(d, s, logits, labels, loss)
          for (const step of [1, -1]) logits.set(mapped(logits, (value) => value + step))
        },
      }),
    },
  }),
  ...kernelMutants('sgd', {
    'gradient-cleared': {
      says: 'the gradient is cleared once it has been used',
      killers: kept,
      change: ({ update }) => ({
        update(d, s, g, w) {
          update(d, s, g, w)
          g.fill(0)
        },
      }),
    },
  }),
  ...kernelMutants('adam', {
    'gradient-squared-in-place': {
      says: 'the gradient is left squared',
      killers: kept,
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          update(d, s, g, m, v, w)
          g.set(mapped(g, (value) => value * value))
        },
      }),
    },
  }),
]
