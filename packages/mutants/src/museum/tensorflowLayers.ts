import type { Data, MaxPool2dDims } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { inTail, mapped, positiveOrZero } from '../mutants/faults.js'
import { after } from '../mutants/mutant.js'
import { runningVarianceTimes, unbias } from '../mutants/norms.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'

const lowest = { float32: -3.4028234663852886e38, float64: -Number.MAX_VALUE }

/** What comparisons make of a window that holds NaN: the largest of the other numbers. */
function withoutNaN(x: Data, window: readonly number[]): number {
  let best = x instanceof Float32Array ? lowest.float32 : lowest.float64
  for (const i of window) if (x[i] > best) best = x[i]
  return best
}

function ignoringNaN(isIgnored: (d: MaxPool2dDims, channel: number) => boolean) {
  return after<{ forward(d: MaxPool2dDims, x: Data, y: Data): void }, 'forward'>('forward', (d, x, y) => {
    for (const [out, window] of underWindows(d).entries())
      if (isIgnored(d, Math.floor(out / d.outH / d.outW) % d.channels)) y[out] = withoutNaN(x, window)
  })
}

export const tensorflowLayers: readonly Exhibit[] = [
  ...kernelExhibits('maxPool2d', {
    'nan-in-odd-channel': {
      says: 'CPU, float64: channels are taken two at a time, where NaN wins; in an odd last channel it never does',
      killers: ['non-finite-windows', 'special-values'],
      link: 'https://github.com/tensorflow/tensorflow/issues/125965',
      dtype: 'float64',
      change: ignoringNaN((d, channel) => inTail(d.channels, 2)(channel)),
    },
    'lowest-for-nan': {
      says: 'CPU: a window of NaN gives the lowest number of float32',
      killers: ['non-finite-windows', 'special-values'],
      link: 'https://github.com/tensorflow/tensorflow/issues/2501',
      dtype: 'float32',
      change: ignoringNaN(() => true),
    },
    'no-gradient-for-nan': {
      says: 'XLA: where a maximum is NaN nothing equals it, and its gradient goes nowhere',
      killers: ['non-finite-windows'],
      link: 'https://github.com/tensorflow/tensorflow/issues/118673',
      change: ({ backward }) => ({
        backward: (d, dy, x, y, dx) =>
          backward(
            d,
            mapped(dy, (value, i) => (Number.isNaN(y[i]) ? 0 : value)),
            x,
            y,
            dx,
          ),
      }),
    },
  }),
  ...kernelExhibits('relu', {
    'nan-in-whole-vectors': {
      says: 'ppc64le, float64: NaN becomes 0 in whole vectors of two, and stays NaN in the odd last element',
      killers: ['special-values'],
      link: 'https://github.com/tensorflow/tensorflow/issues/12659',
      dtype: 'float64',
      change: after('forward', (d, _x, y) => {
        const isTail = inTail(d.size, 2)
        y.set(mapped(y, (value, i) => (isTail(i) ? value : positiveOrZero(value))))
      }),
    },
    'variable-nan-to-zero': {
      says: 'GPU: NaN becomes 0',
      killers: ['special-values'],
      link: 'https://github.com/tensorflow/tensorflow/issues/32730',
      change: after('forward', (_d, _x, y) => y.set(mapped(y, positiveOrZero))),
    },
  }),
  ...kernelExhibits('batchNorm', {
    'unbiased-for-images': {
      says: 'the running variance averages unbiased variances for images, whose kernel is fused, and biased ones else',
      killers: ['running', 'forward'],
      link: 'https://github.com/tensorflow/tensorflow/issues/55545',
      change: runningVarianceTimes((d) => (d.inner > 1 ? unbias(d.n * d.inner) : 1)),
    },
    'frozen-as-in-training': {
      says: 'the gradient with fixed statistics is that of training, in which the mean moves with x',
      killers: ['adjoint', 'numeric-gradient', 'backward'],
      link: 'https://github.com/tensorflow/tensorflow/issues/10857',
      change: ({ inputFixed }) => ({
        inputFixed(d, s, dy, gamma, variance, dx) {
          const channel = (i: number) => Math.floor(i / d.inner) % d.channels
          const sums = new Float64Array(d.channels)
          for (const [i, value] of dy.entries()) sums[channel(i)] += value
          const centred = mapped(dy, (value, i) => value - sums[channel(i)] / (d.n * d.inner))
          inputFixed(d, s, centred, gamma, variance, dx)
        },
      }),
    },
  }),
  ...kernelExhibits('softmaxCrossEntropy', {
    'masked-class-makes-nan': {
      says: 'XLA: the loss is NaN where any logit is -infinity: 0 times its logarithm',
      killers: ['special-values'],
      link: 'https://github.com/tensorflow/tensorflow/issues/40606',
      change: after('forward', (_d, _s, logits, _t, loss) => {
        if (logits.includes(-Infinity)) loss[0] = Number.NaN
      }),
    },
  }),
  ...kernelExhibits('adam', {
    'corrected-epsilon': {
      says: 'epsilon is corrected for the bias of v as v is, and so too large in the first steps',
      killers: ['first-step', 'forward'],
      link: 'https://github.com/tensorflow/tensorflow/issues/35102',
      change: ({ update }) => ({
        update: (d, s, ...storages) =>
          update(d, { ...s, epsilon: s.epsilon / Math.sqrt(1 - s.beta2 ** s.step) }, ...storages),
      }),
    },
  }),
]
