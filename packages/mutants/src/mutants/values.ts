import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { after, given, kernelMutants, type Mutant } from './mutant.js'

/** As float32 holds it. */
const single = (array: Data) => mapped(array, Math.fround)

const float64 = 'float64' as const

/** Float64 kernels of which one step is in single precision. */
export const valueMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'weights-in-single': {
      says: 'the input gradient loads float64 weights in single precision',
      dtype: float64,
      killers: ['backward', 'adjoint', 'numeric-gradient'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, null, dw, db)
          if (dx) backward(d, dy, x, single(w), dx, null, null)
        },
      }),
    },
    'bias-gradient-in-single': {
      says: 'the bias gradient of float64 is stored by way of single precision',
      dtype: float64,
      killers: ['backward', 'adjoint'],
      change: after('backward', (_d, _dy, _x, _w, _dx, _dw, db) => {
        if (db) db.set(single(db))
      }),
    },
  }),
  ...kernelMutants('affine', {
    'accumulator-in-single': {
      says: 'sums of float64 run in single precision',
      dtype: float64,
      killers: ['forward', 'features'],
      change: () => ({
        forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
          for (let n = 0; n < N; n++)
            for (let m = 0; m < M; m++) {
              let sum = b ? b[m] : 0
              for (let d = 0; d < D; d++) sum = Math.fround(sum + x[n * D + d] * w[d * M + m])
              y[n * M + m] = sum
            }
        },
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'compared-in-single': {
      says: 'float64 maxima are found and stored in single precision',
      dtype: float64,
      killers: ['forward', 'scale'],
      change: given('forward', (d, x, y) => [d, single(x), y]),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'shares-in-single': {
      says: 'the reciprocal of the window of float64 is a float32 constant',
      dtype: float64,
      killers: ['backward', 'adjoint'],
      change: after('backward', (d, _dy, dx) => {
        const k = d.kH * d.kW
        dx.set(mapped(dx, (value) => value * k * Math.fround(1 / k)))
      }),
    },
  }),
  ...kernelMutants('relu', {
    'gradient-in-single': {
      says: 'the gradient of float64 is copied by way of single precision',
      dtype: float64,
      killers: ['backward', 'halves'],
      change: given('backward', (d, dy, y, dx) => [d, single(dy), y, dx]),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'mask-in-single': {
        says: 'the mask of float64 is read in single precision',
        dtype: float64,
        killers: ['forward', 'mask'],
        change: given('multiply', (d, x, m, y) => [d, x, single(m), y]),
      },
    },
    { row: 'dropout' },
  ),
  ...kernelMutants('batchNorm', {
    'eps-in-single': {
      says: 'eps reaches the float64 kernel in single precision',
      dtype: float64,
      killers: ['forward'],
      change: given('normalize', (d, { eps }, ...storages) => [d, { eps: Math.fround(eps) }, ...storages]),
    },
    'momentum-in-single': {
      says: 'momentum reaches the float64 kernel in single precision',
      dtype: float64,
      killers: ['running', 'forward'],
      change: given('running', (d, { momentum }, ...storages) => [d, { momentum: Math.fround(momentum) }, ...storages]),
    },
  }),
  ...kernelMutants('layerNorm', {
    'gamma-in-single': {
      says: 'float64 gammas are loaded in single precision',
      dtype: float64,
      killers: ['forward', 'gamma'],
      change: given('forward', (d, s, x, gamma, ...storages) => [d, s, x, single(gamma), ...storages]),
    },
  }),
  ...kernelMutants('groupNorm', {
    'statistics-in-single': {
      says: 'the saved statistics of float64 are stored in single precision',
      dtype: float64,
      killers: ['forward', 'backward'],
      change: after('forward', (_d, _s, _x, _gamma, _beta, _y, mean, variance) => {
        for (const moment of [mean, variance]) moment.set(single(moment))
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'scale-in-single': {
      says: 'the scale of the float64 gradient arrives in single precision',
      dtype: float64,
      killers: ['backward', 'scale'],
      change: given('backward', (d, { scale }, ...storages) => [d, { scale: Math.fround(scale) }, ...storages]),
    },
  }),
  ...kernelMutants('svmLoss', {
    'logits-in-single': {
      says: 'float64 logits are loaded in single precision',
      dtype: float64,
      killers: ['forward'],
      change: given('forward', (d, s, logits, labels, loss) => [d, s, single(logits), labels, loss]),
    },
  }),
  ...kernelMutants('vector', {
    'fill-in-single': {
      says: 'float64 is filled with the value in single precision',
      dtype: float64,
      killers: ['forward', 'scalars'],
      change: given('fill', (d, { value }, y) => [d, { value: Math.fround(value) }, y]),
    },
    'factor-in-single': {
      says: 'the factor of addScaled reaches the float64 kernel in single precision',
      dtype: float64,
      killers: ['forward', 'large'],
      change: given('addScaled', (d, { a }, x, y) => [d, { a: Math.fround(a) }, x, y]),
    },
  }),
  ...kernelMutants('sgd', {
    'rate-in-single': {
      says: 'the learning rate reaches the float64 kernel in single precision',
      dtype: float64,
      killers: ['forward', 'rate'],
      change: given('update', (d, { learningRate }, ...storages) => [
        d,
        { learningRate: Math.fround(learningRate) },
        ...storages,
      ]),
    },
  }),
  ...kernelMutants('rmsprop', {
    'squares-in-single': {
      says: 'float64 gradients are squared in single precision, where large ones overflow',
      dtype: float64,
      killers: ['forward', 'scale'],
      change: given('update', (d, s, g, v, w) => [d, s, single(g), v, w]),
    },
  }),
]
