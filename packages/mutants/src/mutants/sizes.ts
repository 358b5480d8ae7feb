import type { Data } from '@convkit/api'
import { inTail, mapped, unwritten } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** The elements of the last of four threads' shares, where there is enough work to share out. */
function ofLastThread(length: number, least: number): (index: number) => boolean {
  const share = Math.ceil(length / 4)
  return (index) => length >= least && index >= 3 * share
}

const zeroedWhere = (array: Data, off: (index: number) => boolean) => mapped(array, (v, i) => (off(i) ? 0 : v))

/** Right on what is small, or a whole number of vectors: each is wrong in a tail, or above a size. */
export const sizeMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'channels-above-32': {
      says: 'channels behind the first 32 are left out: the second tile of the reduction is never loaded',
      killers: ['large'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const plane = d.inH * d.inW
          forward(
            d,
            zeroedWhere(x, (i) => Math.floor(i / plane) % d.inC >= 32),
            w,
            b,
            y,
          )
        },
      }),
    },
    'third-image-on-in-dw': {
      says: 'the weight gradient sums two images only',
      killers: ['adjoint', 'batch-order', 'backward'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, null, db)
          if (dw) backward({ ...d, n: Math.min(d.n, 2) }, dy, x, w, null, dw, null)
        },
      }),
    },
    'last-thread-unwritten': {
      says: 'with 64 output planes or more, those of the last of four threads are not written',
      killers: ['large'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const last = ofLastThread(d.n * d.outC, 64)
          unwritten(
            y,
            (i) => last(Math.floor(i / (d.outH * d.outW))),
            () => forward(d, x, w, b, y),
          )
        },
      }),
    },
    'odd-column-of-3x3': {
      says: 'the fast path for 3 x 3 kernels at stride 1 computes two columns at a time, and not the odd one',
      killers: ['forward', 'adjoint', 'overwrites', 'transpose', 'channels'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const fast = d.kH === 3 && d.kW === 3 && d.strideH * d.strideW * d.dilationH * d.dilationW === 1
          unwritten(
            y,
            (i) => fast && inTail(d.outW, 2)(i % d.outW),
            () => forward(d, x, w, b, y),
          )
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'reduction-tail': {
      says: 'features behind the last whole vector of four are left out of the sum',
      killers: ['forward', 'adjoint', 'features'],
      change: ({ forward }) => ({
        forward: (d, x, w, b, y) =>
          forward(
            d,
            zeroedWhere(x, (i) => inTail(d.inSize, 4)(i % d.inSize)),
            w,
            b,
            y,
          ),
      }),
    },
    'outputs-tail-of-16': {
      says: 'with 16 outputs or more, those behind the last whole block of 16 are not written',
      killers: ['forward', 'overwrites', 'outputs'],
      change: ({ forward }) => ({
        forward: (d, x, w, b, y) =>
          unwritten(
            y,
            (i) => d.outSize >= 16 && inTail(d.outSize, 16)(i % d.outSize),
            () => forward(d, x, w, b, y),
          ),
      }),
    },
    'reduction-above-256': {
      says: 'each block of 256 features overwrites the sum of the one before: = for +=',
      killers: ['large'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const first = d.inSize <= 256 ? 0 : d.inSize - (d.inSize % 256)
          forward(
            d,
            zeroedWhere(x, (i) => i % d.inSize < first),
            w,
            b,
            y,
          )
        },
      }),
    },
  }),
  ...kernelMutants('relu', {
    'second-work-group': {
      says: 'elements from the 1024th on are not written: one work group is all that is started',
      killers: ['large'],
      change: ({ forward }) => ({
        forward: (d, x, y) =>
          unwritten(
            y,
            (i) => i >= 1024,
            () => forward(d, x, y),
          ),
      }),
    },
    'backward-tail-of-8': {
      says: 'the gradient behind the last whole vector of eight is not written',
      killers: ['backward', 'overwrites', 'halves'],
      change: ({ backward }) => ({
        backward: (d, dy, y, dx) => unwritten(dx, inTail(d.size, 8), () => backward(d, dy, y, dx)),
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'columns-tail-of-4': {
      says: 'outputs behind the last four whole columns are not written where there are four or more',
      killers: ['forward', 'overwrites', 'transpose'],
      change: ({ forward }) => ({
        forward: (d, x, y) =>
          unwritten(
            y,
            (i) => d.outW >= 4 && inTail(d.outW, 4)(i % d.outW),
            () => forward(d, x, y),
          ),
      }),
    },
    'fifth-tap': {
      says: 'windows higher than four rows are searched in their first four only',
      killers: ['forward', 'ties', 'transpose'],
      change: ({ forward }) => ({
        forward: (d, x, y) => forward({ ...d, kH: Math.min(d.kH, 4) }, x, y),
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'reduction-above-1024': {
      says: 'where a channel has more than 1024 elements only its first 1024 are summed',
      killers: ['large'],
      change: ({ reduce }) => ({
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
          const element = (i: number) => Math.floor(i / d.inner / d.channels) * d.inner + (i % d.inner)
          reduce(
            d,
            s,
            zeroedWhere(dy, (i) => element(i) >= 1024),
            x,
            mean,
            variance,
            dgamma,
            dbeta,
          )
        },
      }),
    },
    'channels-tail-of-4': {
      says: 'statistics behind the last whole vector of four channels are not written',
      killers: ['forward', 'overwrites', 'channels'],
      change: ({ statistics }) => ({
        statistics(d, x, mean, variance) {
          const tail = inTail(d.channels, 4)
          unwritten(mean, tail, () => unwritten(variance, tail, () => statistics(d, x, mean, variance)))
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'classes-tail-of-8': {
      says: 'with more than eight classes, those behind the last whole vector are left out of the sum of exps',
      killers: ['forward', 'classes', 'numeric-gradient'],
      change: ({ forward }) => ({
        forward(d, s, logits, t, loss) {
          const tail = (i: number) => d.classes > 8 && inTail(d.classes, 8)(i % d.classes)
          const shown = mapped(logits, (v, i) =>
            tail(i) && i % d.classes !== t[Math.floor(i / d.classes)] ? -Infinity : v,
          )
          forward(d, s, shown, t, loss)
        },
      }),
    },
  }),
  ...kernelMutants('adam', {
    'above-512': {
      says: 'parameters from the 512th on are not updated',
      killers: ['large'],
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          const [kept, late] = [w.slice(), (i: number) => i >= 512]
          update(d, s, g, m, v, w)
          w.set(mapped(w, (value, i) => (late(i) ? kept[i] : value)))
        },
      }),
    },
  }),
]
