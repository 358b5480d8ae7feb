import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'
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
      change: ({ copy }) => ({ copy: (d, x, y) => copy(d, unsigned(x), y) }),
    },
    'scale-fused-with-zero': {
      says: 'scale computes a * y + 0 in one operation',
      killers: ['signed-zeros'],
      change: ({ scale }) => ({
        scale(d, s, y) {
          scale(d, s, y)
          y.set(unsigned(y))
        },
      }),
    },
    'add-scaled-flushes': {
      says: 'addScaled flushes what is subnormal',
      killers: ['subnormals'],
      change: ({ addScaled }) => ({
        addScaled(d, s, x, y) {
          addScaled(d, s, x, y)
          y.set(flushed(y))
        },
      }),
    },
    'subnormal-fill': {
      says: 'fill with a subnormal number clears',
      killers: ['subnormals'],
      change: ({ fill }) => ({
        fill(d, s, y) {
          fill(d, s, y)
          y.set(flushed(y))
        },
      }),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'dropped-without-sign': {
        says: 'what is dropped becomes 0, whatever its sign',
        killers: ['signed-zeros'],
        change: ({ multiply }) => ({
          multiply(d, x, m, y) {
            multiply(d, x, m, y)
            y.set(mapped(y, (value, i) => (m[i] === 0 ? value + 0 : value)))
          },
        }),
      },
    },
    { row: 'dropout' },
  ),
  ...kernelMutants('maxPool2d', {
    'minus-zero-lost': {
      says: 'a maximum of -0 is stored as 0',
      killers: ['signed-zeros'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(unsigned(y))
        },
      }),
    },
    'starts-from-1e30': {
      says: 'the search for a maximum starts from -1e30',
      killers: ['scale', 'non-finite-windows'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(mapped(y, (value) => Math.max(value, -1e30)))
        },
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'sums-flushed': {
      says: 'averages below the smallest normal number are 0',
      killers: ['subnormals'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(flushed(y))
        },
      }),
    },
  }),
  ...kernelMutants('relu', {
    'small-gradients-flushed': {
      says: 'the backward pass reads what is subnormal in dy as 0',
      killers: ['subnormals'],
      change: ({ backward }) => ({ backward: (d, dy, y, dx) => backward(d, flushed(dy), y, dx) }),
    },
    'threshold-above-zero': {
      says: 'only what exceeds the smallest normal number passes',
      killers: ['subnormals'],
      change: ({ forward }) => ({ forward: (d, x, y) => forward(d, flushed(x), y) }),
    },
  }),
  ...kernelMutants('conv2d', {
    'weight-gradient-flushed': {
      says: 'products below the smallest normal number are left out of dw',
      killers: ['subnormals'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (dw) dw.set(flushed(dw))
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'weights-flushed': {
      says: 'subnormal weights count as 0',
      killers: ['subnormals'],
      change: ({ forward }) => ({ forward: (d, x, w, b, y) => forward(d, x, flushed(w), b, y) }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'means-flushed': {
      says: 'a mean below the smallest normal number is stored as 0',
      killers: ['subnormals'],
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          mean.set(flushed(mean))
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'gradient-flushed': {
      says: 'gradients below the smallest normal number are 0',
      killers: ['subnormals'],
      change: ({ backward }) => ({
        backward(d, s, logits, labels, dlogits) {
          backward(d, s, logits, labels, dlogits)
          dlogits.set(flushed(dlogits))
        },
      }),
    },
  }),
  ...kernelMutants('sgd', {
    'zero-step-loses-sign': {
      says: 'a weight of -0 becomes 0 where nothing is taken off',
      killers: ['signed-zeros'],
      change: ({ update }) => ({
        update(d, s, g, w) {
          update(d, s, g, w)
          w.set(unsigned(w))
        },
      }),
    },
  }),
  ...kernelMutants('adam', {
    'weights-flushed': {
      says: 'weights below the smallest normal number are stored as 0',
      killers: ['subnormals'],
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          update(d, s, g, m, v, w)
          w.set(flushed(w))
        },
      }),
    },
  }),
  ...kernelMutants(
    'affineRelu',
    {
      'loaded-in-single': {
        says: 'the fused float64 kernel loads x in single precision',
        dtype: 'float64',
        killers: ['forward', 'composition'],
        change: ({ forward }) => ({
          forward: (d, x, w, b, y) => forward(d, mapped(x, Math.fround), w, b, y),
        }),
      },
    },
    { right: affineRelu },
  ),
]
