import type { Data } from '@convkit/api'
import { accumulated, mapped, zerosLike } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** Faults of no formula, in the kernel where they are most at home. */
export const hygieneMutants: readonly Mutant[] = [
  ...kernelMutants('relu', {
    'input-overwritten': {
      says: 'the forward pass works in place',
      killers: ['inputs-kept'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          x.set(y)
        },
      }),
    },
    'mask-of-last-forward': {
      says: 'the backward pass takes the mask that the last forward pass left behind',
      killers: ['saved'],
      change({ forward, backward }) {
        let last: Data | null = null
        return {
          forward(d, x, y) {
            forward(d, x, y)
            last = y.slice()
          },
          backward: (d, dy, y, dx) => backward(d, dy, last?.length === y.length ? last : y, dx),
        }
      },
    },
  }),
  ...kernelMutants('affine', {
    'dw-accumulated': {
      says: 'the weight gradient is added to what its memory holds',
      killers: ['overwrites', 'unwanted'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, null, db)
          if (dw) accumulated(dw, () => backward(d, dy, x, w, null, dw, null))
        },
      }),
    },
    'dx-stops-the-rest': {
      says: 'where dx is not wanted the kernel returns before it computes dw',
      killers: ['unwanted'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          if (dx) backward(d, dy, x, w, dx, dw, db)
          else backward(d, dy, x, w, null, null, db)
        },
      }),
    },
    'unwanted-written': {
      says: 'where db is not wanted it is computed into the memory of dw',
      killers: ['unwanted'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (!db && dw) backward(d, dy, x, w, null, null, dw.subarray(0, d.outSize))
        },
      }),
    },
    'packed-weights-kept': {
      says: 'weights are packed once for each storage, and never again when it is written to',
      killers: ['forward', 'batch-order', 'outputs'],
      change({ forward }) {
        const packed = new WeakMap<Data, Data>()
        return {
          forward(d, x, w, b, y) {
            const pack = packed.get(w) ?? w.slice()
            packed.set(w, pack)
            forward(d, x, pack, b, y)
          },
        }
      },
    },
    'every-third-call-in-single': {
      says: 'every third call takes another path, which rounds each partial sum',
      killers: ['repeats'],
      change({ forward }) {
        let calls = 0
        return {
          forward(d, x, w, b, y) {
            const { n: N, inSize: D, outSize: M } = d
            forward(d, x, w, b, y)
            if (++calls % 3 !== 0) return
            for (let n = 0; n < N; n++)
              for (let m = 0; m < M; m++) {
                const sum = zerosLike(y, 1)
                for (let k = D - 1; k >= 0; k--) sum[0] += x[n * D + k] * w[k * M + m]
                y[n * M + m] = sum[0] + (b ? b[m] : 0)
              }
          },
        }
      },
    },
  }),
  ...kernelMutants('maxPool2d', {
    'argmax-of-last-forward': {
      says: 'the backward pass takes the winners that the last forward pass left behind',
      killers: ['saved'],
      change({ forward, backward }) {
        let last: Data | null = null
        return {
          forward(d, x, y) {
            forward(d, x, y)
            last = x.slice()
          },
          backward: (d, dy, x, y, dx) => backward(d, dy, last?.length === x.length ? last : x, y, dx),
        }
      },
    },
  }),
  ...kernelMutants('batchNorm', {
    'statistics-overwritten': {
      says: 'the deviation is computed in the memory of the variance',
      killers: ['forward', 'saved', 'running'],
      change: ({ normalize }) => ({
        normalize(d, s, x, gamma, beta, mean, variance, y) {
          normalize(d, s, x, gamma, beta, mean, variance, y)
          variance.set(mapped(variance, (value) => Math.sqrt(value + s.eps)))
        },
      }),
    },
  }),
]
