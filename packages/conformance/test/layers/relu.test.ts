import type { Data } from '@convkit/api'
import { reluSpec } from '../../src/layers/relu.js'
import { describeLayer, mapped } from './faults.js'

describeLayer(reluSpec, 'relu', {
  'lets the gradient through at 0': {
    caughtBy: ['kink', 'halves', 'backward'],
    change: () => ({
      backward(_d, dy, y, dx) {
        dx.set(mapped(dy, (value, i) => (y[i] >= 0 ? value : Number.NaN)))
      },
    }),
  },
  'lets a tenth of negative values through': {
    caughtBy: ['halves', 'idempotent', 'forward'],
    change: () => ({
      forward(_d, x, y) {
        y.set(mapped(x, (value) => Math.max(value / 10, value)))
      },
    }),
  },
  'takes very small values for 0': {
    caughtBy: ['kink'],
    change: () => ({
      forward(_d, x, y) {
        y.set(mapped(x, (value) => (value < 1e-12 ? 0 : value)))
      },
    }),
  },
  'caps its outputs at 2': {
    caughtBy: ['scale', 'halves', 'forward'],
    elements: 65,
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        y.set(mapped(y, (value) => Math.min(2, value)))
      },
    }),
  },
  'leaves the tail of its output unwritten': {
    caughtBy: ['overwrites', 'batch order'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward({ size: d.size - (d.size % 4) }, x, y)
      },
    }),
  },
  'works on blocks of 64 and forgets what lies behind the first': {
    caughtBy: ['backward', 'large'],
    elements: 1025,
    change: ({ backward }) => ({
      backward(d, dy, y, dx) {
        dx.fill(0)
        backward({ size: Math.min(64, d.size) }, dy, y, dx)
      },
    }),
  },
  'hides a NaN': {
    caughtBy: ['special values'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(
          d,
          mapped(x, (value) => (Number.isNaN(value) ? 0 : value)),
          y,
        )
      },
    }),
  },
  'takes its mask from its last forward pass': {
    caughtBy: ['saved'],
    change({ forward, backward }) {
      let last: Data | null = null
      return {
        forward(d, x, y) {
          forward(d, x, y)
          last = y.slice()
        },
        backward: (d, dy, y, dx) => backward(d, dy, last ?? y, dx),
      }
    },
  },
})
