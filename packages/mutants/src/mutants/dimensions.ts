import type { Data } from '@convkit/api'
import { mapped, unwritten } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'
import { affineRelu, convRelu } from './sandwiches.js'

const zeroed = (array: Data, where: (index: number) => boolean) => mapped(array, (v, i) => (where(i) ? 0 : v))

/** Each begins where one size is large, or goes wrong at a multiple of a block. */
export const dimensionMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'image-in-8-bits': {
      says: 'the number of the image is a byte: the 256th is taken for the first',
      killers: ['sweep-batch'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          const size = y.length / d.n
          for (let n = 256; n < d.n; n++) y.copyWithin(n * size, (n % 256) * size, (n % 256) * size + size)
        },
      }),
    },
    'groups-above-16': {
      says: 'filters of groups behind the first 16 are not written',
      killers: ['sweep-groups'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const size = d.outH * d.outW
          const group = (i: number) => Math.floor(((Math.floor(i / size) % d.outC) * d.groups) / d.outC)
          unwritten(
            y,
            (i) => group(i) >= 16,
            () => forward(d, x, w, b, y),
          )
        },
      }),
    },
    'taps-above-7': {
      says: 'kernels wider than 7 are cut to 7 columns in dw',
      killers: ['sweep-kernel'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (dw) dw.set(zeroed(dw, (i) => i % d.kW >= 7))
        },
      }),
    },
    'rows-above-64': {
      says: 'images of more than 64 rows: the input gradient of the others is not written',
      killers: ['sweep-image'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          const run = () => backward(d, dy, x, w, dx, dw, db)
          if (dx) unwritten(dx, (i) => Math.floor(i / d.inW) % d.inH >= 64, run)
          else run()
        },
      }),
    },
    'pad-in-4-bits': {
      says: 'padding on the left is kept in four bits of a packed geometry',
      killers: ['sweep-pad'],
      change: ({ forward }) => ({
        forward: (d, ...storages) => forward({ ...d, padLeft: d.padLeft & 15 }, ...storages),
      }),
    },
    'dilation-above-8': {
      says: 'dilations above 8 are taken for 8',
      killers: ['sweep-dilation'],
      change: ({ forward }) => ({
        forward: (d, ...storages) => forward({ ...d, dilationH: Math.min(8, d.dilationH) }, ...storages),
      }),
    },
    'pointwise-reduction-above-512': {
      says: 'the fast path of 1 x 1 kernels adds up 512 channels',
      killers: ['sweep-channels'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const cut = (i: number) => d.kH * d.kW === 1 && Math.floor(i / d.inH / d.inW) % d.inC >= 512
          forward(d, zeroed(x, cut), w, b, y)
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'last-of-whole-blocks': {
      says: 'where the features are a multiple of 1024 the last block is left out',
      killers: ['sweep-features'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const rest = d.inSize % 1024 === 0 ? d.inSize - 1024 : d.inSize
          forward(
            d,
            zeroed(x, (i) => i % d.inSize >= rest),
            w,
            b,
            y,
          )
        },
      }),
    },
    'rows-above-1000': {
      says: 'the weight gradient adds up 1000 rows',
      killers: ['sweep-rows'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, null, db)
          if (dw) backward({ ...d, n: Math.min(d.n, 1000) }, dy, x, w, null, dw, null)
        },
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'planes-above-256': {
      says: 'gradients of planes behind the 256th are not written',
      killers: ['sweep-channels', 'sweep-batch'],
      change: ({ backward }) => ({
        backward: (d, dy, x, y, dx) =>
          unwritten(
            dx,
            (i) => i >= 256 * d.inH * d.inW,
            () => backward(d, dy, x, y, dx),
          ),
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'window-above-16': {
      says: 'windows higher than 16 rows are averaged over 16',
      killers: ['sweep-kernel'],
      change: ({ forward }) => ({
        forward: (d, x, y) => forward({ ...d, kH: Math.min(16, d.kH) }, x, y),
      }),
    },
  }),
  ...kernelMutants('relu', {
    'index-in-16-bits': {
      says: 'elements from the 65536th on are written over the first',
      killers: ['sweep-elements'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          const size = Math.min(d.size, 65_536)
          unwritten(
            y,
            (i) => i >= size,
            () => forward(d, x, y),
          )
        },
      }),
    },
  }),
  ...kernelMutants('vector', {
    'squares-above-65535': {
      says: 'sumOfSquares adds up at most 65535 elements',
      killers: ['sweep-elements'],
      change: ({ sumOfSquares }) => ({
        sumOfSquares: (d, x, y) => sumOfSquares({ size: Math.min(d.size, 65_535) }, x, y),
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'pixels-above-2048': {
      says: 'the statistics are of the first 2048 pixels of each plane',
      killers: ['sweep-pixels'],
      change: ({ statistics }) => ({
        statistics(d, x, mean, variance) {
          statistics(
            d,
            zeroed(x, (i) => i % d.inner >= 2048),
            mean,
            variance,
          )
        },
      }),
    },
    'channels-above-512': {
      says: 'in test mode gradients of channels behind the 512th are not written',
      killers: ['sweep-channels', 'sweep-features'],
      change: ({ inputFixed }) => ({
        inputFixed: (d, s, dy, gamma, variance, dx) =>
          unwritten(
            dx,
            (i) => Math.floor(i / d.inner) % d.channels >= 512,
            () => inputFixed(d, s, dy, gamma, variance, dx),
          ),
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'gamma-gradient-above-128-rows': {
      says: 'dgamma adds up the first 128 rows',
      killers: ['sweep-rows'],
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          backward(d, s, dy, x, gamma, mean, variance, dx, null, dbeta)
          const few = { ...d, n: Math.min(128, d.n) }
          if (dgamma) backward(few, s, dy, x, gamma, mean, variance, null, dgamma, null)
        },
      }),
    },
  }),
  ...kernelMutants('groupNorm', {
    'groups-above-32': {
      says: 'statistics of groups behind the 32nd are not written',
      killers: ['sweep-groups'],
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          const late = (i: number) => i % d.groups >= 32
          unwritten(mean, late, () => forward(d, s, x, gamma, beta, y, mean, variance))
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'classes-above-1024': {
      says: 'exponentials of classes behind the 1024th are left out of the sum',
      killers: ['sweep-classes'],
      change: ({ backward }) => ({
        backward(d, s, logits, labels, dlogits) {
          const late = (i: number) => i % d.classes >= 1024
          backward(
            d,
            s,
            mapped(logits, (value, i) => (late(i) ? -1000 : value)),
            labels,
            dlogits,
          )
        },
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'rows-above-255': {
      says: 'losses of rows behind the 255th are not added up',
      killers: ['sweep-rows'],
      change: ({ forward }) => ({
        forward: (d, ...storages) => forward({ ...d, n: Math.min(255, d.n) }, ...storages),
      }),
    },
  }),
  ...kernelMutants(
    'affineRelu',
    {
      'outputs-in-blocks-of-256': {
        says: 'outputs behind the last whole block of 256 are not written, where there is one',
        killers: ['sweep-outputs'],
        change: ({ forward }) => ({
          forward: (d, x, w, b, y) =>
            unwritten(
              y,
              (i) => d.outSize > 256 && i % d.outSize >= d.outSize - (d.outSize % 256),
              () => forward(d, x, w, b, y),
            ),
        }),
      },
    },
    { right: affineRelu },
  ),
  ...kernelMutants(
    'convRelu',
    {
      'filters-above-128': {
        says: 'filters behind the 128th are not written',
        killers: ['sweep-filters'],
        change: ({ forward }) => ({
          forward: (d, x, w, b, y) =>
            unwritten(
              y,
              (i) => Math.floor(i / d.outH / d.outW) % d.outC >= 128,
              () => forward(d, x, w, b, y),
            ),
        }),
      },
    },
    { right: convRelu },
  ),
]
