import type { Data, MaxPool2dDims } from '@convkit/api'
import { maxPool2dSpec } from '../../src/layers/maxPool2d.js'
import { underWindows } from '../../src/layers/window.js'
import { added, describeLayer, mapped } from './faults.js'

/** Backward by another rule: who of a window takes how much of its dy. */
function routed(rule: (window: readonly number[], x: Data) => { readonly [index: number]: number }) {
  return {
    backward(d: MaxPool2dDims, dy: Data, x: Data, _y: Data, dx: Data) {
      const sum = new Float64Array(dx.length)
      for (const [out, window] of underWindows(d).entries())
        for (const [i, share] of Object.entries(rule(window, x))) sum[Number(i)] += share * dy[out]
      dx.set(sum)
    },
  }
}

/** Forward by another idea of a window's maximum. */
function chosen(best: (values: number[]) => number) {
  return {
    forward(d: MaxPool2dDims, x: Data, y: Data) {
      y.set(underWindows(d).map((window) => best(window.map((i) => x[i]))))
    },
  }
}

const maximum = (window: readonly number[], x: Data) => Math.max(...window.map((i) => x[i]))

describeLayer(maxPool2dSpec, 'maxPool2d', {
  'gives ties to the last maximum': {
    caughtBy: ['ties'],
    change: () => routed((window, x) => ({ [window.findLast((i) => x[i] === maximum(window, x)) ?? 0]: 1 })),
  },
  'gives every maximum of a window its dy': {
    caughtBy: ['ties', 'conserved'],
    change: () =>
      routed((window, x) => Object.fromEntries(window.map((i) => [i, x[i] === maximum(window, x) ? 1 : 0]))),
  },
  'gives the gradient of a NaN to nobody': {
    caughtBy: ['non-finite windows'],
    change: () => routed((window, x) => ({ [window.find((i) => x[i] === maximum(window, x)) ?? 0]: 1 })),
  },
  'overlooks a NaN': {
    caughtBy: ['non-finite windows', 'special values'],
    change: () => chosen((values) => Math.max(...values.filter((value) => !Number.isNaN(value)))),
  },
  'overwrites what an overlapping window gave': {
    caughtBy: ['conserved', 'ties', 'backward', 'numeric gradient'],
    change: () => ({
      backward(d, dy, x, _y, dx) {
        dx.fill(0)
        for (const [out, window] of underWindows(d).entries())
          dx[window.find((i) => x[i] === maximum(window, x)) ?? 0] = dy[out]
      },
    }),
  },
  'adds to dx instead of overwriting it': {
    caughtBy: ['overwrites', 'unwanted'],
    change: ({ backward }) => ({
      backward: (d, dy, x, y, dx) => added(dx, () => backward(d, dy, x, y, dx)),
    }),
  },
  'starts from 0': {
    caughtBy: ['shift', 'forward', 'ties'],
    change: () => chosen((values) => Math.max(0, ...values)),
  },
  'takes padding for zeros': {
    caughtBy: ['padding', 'shift', 'forward'],
    change: () => ({
      forward(d, x, y) {
        const padded = (window: readonly number[]) => window.length < d.kH * d.kW
        y.set(underWindows(d).map((window) => Math.max(...(padded(window) ? [0] : []), ...window.map((i) => x[i]))))
      },
    }),
  },
  'swaps its strides': {
    caughtBy: ['stride', 'forward'],
    elements: 20,
    change: ({ forward }) => ({
      forward: (d, x, y) => forward({ ...d, strideH: d.strideW, strideW: d.strideH }, x, y),
    }),
  },
  'strides as far down as to the right': {
    caughtBy: ['transpose', 'stride', 'forward'],
    elements: 20,
    change: ({ forward }) => ({ forward: (d, x, y) => forward({ ...d, strideH: d.strideW }, x, y) }),
  },
  'compares magnitudes': {
    caughtBy: ['monotone', 'shift', 'forward'],
    change: () => chosen((values) => Math.max(...values.map(Math.abs))),
  },
  'caps its outputs at 2': {
    caughtBy: ['scale', 'forward'],
    elements: 65,
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        y.set(mapped(y, (value) => Math.min(2, value)))
      },
    }),
  },
  'pools the first image for the whole batch': {
    caughtBy: ['batch order', 'forward'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(
          d,
          mapped(x, (_, i) => x[i % (x.length / d.n)]),
          y,
        )
      },
    }),
  },
  'takes the dy of the first channel for all': {
    caughtBy: ['channels', 'conserved', 'backward'],
    change: ({ backward }) => ({
      backward(d, dy, x, y, dx) {
        const plane = d.outH * d.outW
        const first = (i: number) => i - (Math.floor(i / plane) % d.channels) * plane
        backward(
          d,
          mapped(dy, (_, i) => dy[first(i)]),
          x,
          y,
          dx,
        )
      },
    }),
  },
  'remembers the winners of its last forward pass': {
    caughtBy: ['saved'],
    change({ forward, backward }) {
      let last: Data | null = null
      return {
        forward(d, x, y) {
          last = x.slice()
          forward(d, x, y)
        },
        backward: (d, dy, x, y, dx) => backward(d, dy, last ?? x, y, dx),
      }
    },
  },
})
