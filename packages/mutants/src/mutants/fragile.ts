import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { after, given, kernelMutants, type Mutant } from './mutant.js'
import { affineRelu } from './sandwiches.js'

/** The smallest normal number of an array's kind. */
const least = (array: Data) => (array instanceof Float32Array ? 2 ** -126 : 2 ** -1022)

/** What a processor that flushes makes of it. */
const flushed = (array: Data) => mapped(array, (value) => (Math.abs(value) < least(array) ? 0 : value))

/** -0 becomes 0. */
const unsigned = (array: Data) => mapped(array, (value) => value + 0)

/** Zeros that lose their sign, subnormals that are flushed, numbers near the ends of the range. */
export const fragileMutants: readonly Mutant[] = [
  ...kernelMutants('vector', {
    'minus-zero-copied-as-zero': {
      says: 'copy computes x + 0',
      killers: ['signed-zeros'],
      change: given('copy', (d, x, y) => [d, unsigned(x), y]),
    },
    'scale-fused-with-zero': {
      says: 'scale computes a * y + 0 in one operation',
      killers: ['signed-zeros'],
      change: after('scale', (_d, _s, y) => y.set(unsigned(y))),
    },
    'add-scaled-flushes': {
      says: 'addScaled flushes what is subnormal',
      killers: ['subnormals'],
      change: after('addScaled', (_d, _s, _x, y) => y.set(flushed(y))),
    },
    'subnormal-fill': {
      says: 'fill with a subnormal number clears',
      killers: ['subnormals'],
      change: after('fill', (_d, _s, y) => y.set(flushed(y))),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'dropped-without-sign': {
        says: 'what is dropped becomes 0, whatever its sign',
        killers: ['signed-zeros'],
        change: after('multiply', (_d, _x, m, y) => y.set(mapped(y, (value, i) => (m[i] === 0 ? value + 0 : value)))),
      },
    },
    { row: 'dropout' },
  ),
  ...kernelMutants('maxPool2d', {
    'minus-zero-lost': {
      says: 'a maximum of -0 is stored as 0',
      killers: ['signed-zeros'],
      change: after('forward', (_d, _x, y) => y.set(unsigned(y))),
    },
    'starts-from-1e30': {
      says: 'the search for a maximum starts from -1e30',
      killers: ['scale', 'non-finite-windows'],
      change: after('forward', (_d, _x, y) => y.set(mapped(y, (value) => Math.max(value, -1e30)))),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'sums-flushed': {
      says: 'averages below the smallest normal number are 0',
      killers: ['subnormals'],
      change: after('forward', (_d, _x, y) => y.set(flushed(y))),
    },
  }),
  ...kernelMutants('relu', {
    'small-gradients-flushed': {
      says: 'the backward pass reads what is subnormal in dy as 0',
      killers: ['subnormals'],
      change: given('backward', (d, dy, y, dx) => [d, flushed(dy), y, dx]),
    },
    'threshold-above-zero': {
      says: 'only what exceeds the smallest normal number passes',
      killers: ['subnormals'],
      change: given('forward', (d, x, y) => [d, flushed(x), y]),
    },
  }),
  ...kernelMutants('conv2d', {
    'weight-gradient-flushed': {
      says: 'products below the smallest normal number are left out of dw',
      killers: ['subnormals'],
      change: after('backward', (_d, _dy, _x, _w, _dx, dw) => {
        if (dw) dw.set(flushed(dw))
      }),
    },
  }),
  ...kernelMutants('affine', {
    'weights-flushed': {
      says: 'subnormal weights count as 0',
      killers: ['subnormals'],
      change: given('forward', (d, x, w, b, y) => [d, x, flushed(w), b, y]),
    },
  }),
  ...kernelMutants('layerNorm', {
    'means-flushed': {
      says: 'a mean below the smallest normal number is stored as 0',
      killers: ['subnormals'],
      change: after('forward', (_d, _s, _x, _gamma, _beta, _y, mean) => mean.set(flushed(mean))),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'gradient-flushed': {
      says: 'gradients below the smallest normal number are 0',
      killers: ['subnormals'],
      change: after('backward', (_d, _s, _logits, _labels, dlogits) => dlogits.set(flushed(dlogits))),
    },
  }),
  ...kernelMutants('sgd', {
    'zero-step-loses-sign': {
      says: 'a weight of -0 becomes 0 where nothing is taken off',
      killers: ['signed-zeros'],
      change: after('update', (_d, _s, _g, w) => w.set(unsigned(w))),
    },
  }),
  ...kernelMutants('adam', {
    'weights-flushed': {
      says: 'weights below the smallest normal number are stored as 0',
      killers: ['subnormals'],
      change: after('update', (_d, _s, _g, _m, _v, w) => w.set(flushed(w))),
    },
  }),
  ...kernelMutants(
    'affineRelu',
    {
      'loaded-in-single': {
        says: 'the fused float64 kernel loads x in single precision',
        dtype: 'float64',
        killers: ['forward', 'composition'],
        change: given('forward', (d, x, w, b, y) => [d, mapped(x, Math.fround), w, b, y]),
      },
    },
    { right: affineRelu },
  ),
]
