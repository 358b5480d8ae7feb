import type { AffineDims, Data } from '@convkit/api'
import { inTail, mapped, rounded } from './faults.js'
import { kernelMutants } from './mutant.js'

/** y[n,m] = b[m] + sum_d x[n,d] * w[d,m] with each partial sum rounded to 11 bits. */
function inHalf({ n: N, inSize: D, outSize: M }: AffineDims, x: Data, w: Data, b: Data | null, y: Data): void {
  for (let n = 0; n < N; n++)
    for (let m = 0; m < M; m++) {
      let sum = b ? b[m] : 0
      for (let d = 0; d < D; d++) sum = rounded(sum + x[n * D + d] * w[d * M + m], 11)
      y[n * M + m] = sum
    }
}

export const affineMutants = kernelMutants('affine', {
  'square-weights-transposed': {
    says: 'square weights are taken to be stored the other way round, the layout being guessed from their shape',
    killers: ['forward', 'outputs', 'features'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        const { inSize: D, outSize: M } = d
        forward(d, x, D === M ? mapped(w, (_, i) => w[(i % D) * D + Math.floor(i / D)]) : w, b, y)
      },
    }),
  },
  'bias-tail': {
    says: 'the bias is added to whole vectors of four outputs only',
    killers: ['forward', 'outputs', 'adjoint'],
    change: ({ forward }) => ({
      forward: (d, x, w, b, y) => forward(d, x, w, b && mapped(b, (v, m) => (inTail(d.outSize, 4)(m) ? 0 : v)), y),
    }),
  },
  'bias-once': {
    says: 'the bias is added to the first row of the batch only',
    killers: ['batch-order', 'forward'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(d, x, w, null, y)
        if (b) for (let m = 0; m < d.outSize; m++) y[m] += b[m]
      },
    }),
  },
  'float16-sums': {
    says: 'partial sums are kept in 11 bits',
    killers: ['forward', 'large'],
    dtype: 'float32',
    change: () => ({ forward: inHalf }),
  },
  'float64-in-float32': {
    says: 'the float64 kernel computes in single precision',
    killers: ['forward', 'backward', 'numeric-gradient', 'large'],
    dtype: 'float64',
    change: ({ forward, backward }) => {
      const single = (array: Data) => mapped(array, Math.fround)
      const narrow = (array: Data | null) => array?.set(single(array))
      return {
        forward(d, x, w, b, y) {
          forward(d, single(x), single(w), b, y)
          narrow(y)
        },
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, single(dy), single(x), single(w), dx, dw, db)
          for (const gradient of [dx, dw, db]) narrow(gradient)
        },
      }
    },
  },
  'dw-averaged': {
    says: 'the weight gradient is a mean over the batch instead of a sum',
    killers: ['adjoint', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        backward(d, dy, x, w, dx, dw, db)
        if (dw) dw.set(mapped(dw, (value) => value / d.n))
      },
    }),
  },
  'db-of-last-row': {
    says: 'each row overwrites the bias gradient of the one before: = for +=',
    killers: ['batch-order', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        backward(d, dy, x, w, dx, dw, null)
        if (db) db.set(dy.subarray((d.n - 1) * d.outSize))
      },
    }),
  },
  'dx-tail': {
    says: 'the input gradient sums whole vectors of four outputs only',
    killers: ['adjoint', 'backward', 'numeric-gradient', 'outputs'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        backward(d, dy, x, w, null, dw, db)
        const whole = mapped(dy, (v, i) => (inTail(d.outSize, 4)(i % d.outSize) ? 0 : v))
        if (dx) backward(d, whole, x, w, dx, null, null)
      },
    }),
  },
})
