import { avgPool2dSpec } from '../../src/layers/avgPool2d.js'
import { underWindows } from '../../src/layers/window.js'
import { added, describeLayer, mapped } from './faults.js'

describeLayer(avgPool2dSpec, 'avgPool2d', {
  'never counts padding': {
    caughtBy: ['padding', 'constant', 'forward', 'backward'],
    change: ({ forward, backward }) => ({
      forward: (d, x, y) => forward({ ...d, countIncludePad: false }, x, y),
      backward: (d, dy, dx) => backward({ ...d, countIncludePad: false }, dy, dx),
    }),
  },
  'always counts padding': {
    caughtBy: ['constant', 'forward', 'backward'],
    change: ({ forward, backward }) => ({
      forward: (d, x, y) => forward({ ...d, countIncludePad: true }, x, y),
      backward: (d, dy, dx) => backward({ ...d, countIncludePad: true }, dy, dx),
    }),
  },
  'counts padding in the backward pass alone': {
    caughtBy: ['adjoint', 'backward', 'numeric gradient'],
    change: ({ backward }) => ({ backward: (d, dy, dx) => backward({ ...d, countIncludePad: true }, dy, dx) }),
  },
  'overwrites what an overlapping window gave': {
    caughtBy: ['adjoint', 'backward', 'numeric gradient'],
    change: () => ({
      backward(d, dy, dx) {
        dx.fill(0)
        for (const [out, window] of underWindows(d).entries())
          for (const i of window) dx[i] = dy[out] / (d.countIncludePad ? d.kH * d.kW : window.length)
      },
    }),
  },
  'adds to dx instead of overwriting it': {
    caughtBy: ['overwrites', 'unwanted'],
    change: ({ backward }) => ({ backward: (d, dy, dx) => added(dx, () => backward(d, dy, dx)) }),
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
  'caps its outputs at 2': {
    caughtBy: ['scale', 'additivity', 'forward'],
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
      forward: (d, x, y) =>
        forward(
          d,
          mapped(x, (_, i) => x[i % (x.length / d.n)]),
          y,
        ),
    }),
  },
  'leaves out the fifth channel and what follows': {
    caughtBy: ['channels', 'forward', 'large'],
    elements: 16_000,
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        const plane = d.outH * d.outW
        y.set(mapped(y, (value, i) => (Math.floor(i / plane) % d.channels < 4 ? value : 0)))
      },
    }),
  },
  'takes 1 / k from a table of 12 bits': {
    caughtBy: ['forward', 'constant'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        y.set(mapped(y, (value) => value * (1 + 2 ** -12)))
      },
    }),
  },
})
