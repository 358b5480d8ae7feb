import type { Data } from '@convkit/api'
import { affineSpec } from '../../src/layers/affine.js'
import { added, describeLayer, mapped } from './faults.js'

describeLayer(affineSpec, 'affine', {
  'leaves out the last of an odd number of features': {
    caughtBy: ['forward', 'features', 'adjoint', 'numeric gradient'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(d, x, d.inSize % 2 ? mapped(w, (v, i) => (i < (d.inSize - 1) * d.outSize ? v : 0)) : w, b, y)
      },
    }),
  },
  'is wrong beyond 64 features': {
    caughtBy: ['forward', 'large'],
    elements: 4_000,
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(
          d,
          x,
          mapped(w, (v, i) => (i < 64 * d.outSize ? v : 0)),
          b,
          y,
        )
      },
    }),
  },
  'gives each output the bias of the next': {
    caughtBy: ['forward', 'outputs', 'adjoint'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(d, x, w, b && mapped(b, (_, m) => b[(m + 1) % b.length]), y)
      },
    }),
  },
  'adds the bias to the first row only': {
    caughtBy: ['forward', 'batch order'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(d, x, w, null, y)
        if (b) for (let m = 0; m < d.outSize; m++) y[m] += b[m]
      },
    }),
  },
  'caps its outputs at 6': {
    caughtBy: ['scale', 'additivity', 'forward'],
    change: ({ forward }) => ({
      forward(d, x, w, b, y) {
        forward(d, x, w, b, y)
        y.set(mapped(y, (value) => Math.min(6, value)))
      },
    }),
  },
  'takes square weights for their transpose in the backward pass': {
    caughtBy: ['backward', 'adjoint', 'numeric gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        const { inSize: D, outSize: M } = d
        const turned = D === M ? mapped(w, (_, i) => w[(i % M) * M + Math.floor(i / M)]) : w
        backward(d, dy, x, turned, dx, dw, db)
      },
    }),
  },
  'adds to dw instead of overwriting it': {
    caughtBy: ['overwrites', 'unwanted'],
    change: ({ backward }) => ({
      backward: (d, dy, x, w, dx, dw, db) => added(dw, () => backward(d, dy, x, w, dx, dw, db)),
    }),
  },
  'takes x from its last forward pass': {
    caughtBy: ['saved'],
    change({ forward, backward }) {
      let last: Data | null = null
      return {
        forward(d, x, w, b, y) {
          last = x.slice()
          forward(d, x, w, b, y)
        },
        backward: (d, dy, x, w, dx, dw, db) => backward(d, dy, last ?? x, w, dx, dw, db),
      }
    },
  },
})
