import { accumulated, inTail, mapped, unwritten } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** What is written: not all of an output, or on top of what its memory held. */
export const outputMutants: readonly Mutant[] = [
  ...kernelMutants('avgPool2d', {
    'dx-accumulated': {
      says: 'the gradient is added to what the memory of dx holds',
      killers: ['overwrites', 'unwanted'],
      change: ({ backward }) => ({ backward: (d, dy, dx) => accumulated(dx, () => backward(d, dy, dx)) }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'dx-accumulated': {
      says: 'the gradient is added to what the memory of dx holds',
      killers: ['overwrites', 'unwanted'],
      change: ({ backward }) => ({
        backward: (d, dy, x, y, dx) => accumulated(dx, () => backward(d, dy, x, y, dx)),
      }),
    },
  }),
  ...kernelMutants('relu', {
    'forward-tail-of-4': {
      says: 'outputs behind the last whole vector of four are not written',
      killers: ['overwrites', 'batch-order'],
      change: ({ forward }) => ({
        forward: (d, x, y) => unwritten(y, inTail(d.size, 4), () => forward(d, x, y)),
      }),
    },
    'backward-above-64': {
      says: 'the gradient is cleared and then computed for the first 64 elements only',
      killers: ['backward', 'large'],
      change: ({ backward }) => ({
        backward(d, dy, y, dx) {
          dx.fill(0)
          backward({ size: Math.min(64, d.size) }, dy, y, dx)
        },
      }),
    },
  }),
  ...kernelMutants('vector', {
    'copy-tail-repeated': {
      says: 'behind the last whole vector of four copy repeats the first element of the tail',
      killers: ['forward', 'order'],
      change: () => ({
        copy: ({ size }, x, y) => y.set(mapped(x, (_, i) => x[Math.min(i, size - (size % 4))])),
      }),
    },
  }),
  ...kernelMutants('adam', {
    tail: {
      says: 'elements behind the last whole vector of four are not updated',
      killers: ['elements', 'forward'],
      change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
    },
  }),
  ...kernelMutants('adamw', {
    tail: {
      says: 'elements behind the last whole vector of four are not updated',
      killers: ['elements', 'forward'],
      change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
    },
  }),
  ...kernelMutants('rmsprop', {
    tail: {
      says: 'elements behind the last whole vector of four are not updated',
      killers: ['elements', 'forward'],
      change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
    },
  }),
  ...kernelMutants('sgdMomentum', {
    tail: {
      says: 'elements behind the last whole vector of four are not updated',
      killers: ['elements', 'forward'],
      change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
    },
  }),
]
