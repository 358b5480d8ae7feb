import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** What is left out of a sum, or of a layer. */
export const omissionMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'ninth-channel-of-3x3': {
      says: 'the path for 3 x 3 kernels at stride 1 leaves out the ninth channel of a group',
      killers: ['3x3', '3x3-special-values'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const fast = d.kH === 3 && d.kW === 3 && d.strideH * d.strideW * d.dilationH * d.dilationW === 1
          const [plane, groupC] = [d.inH * d.inW, d.inC / d.groups]
          const ninth = (i: number) => fast && (Math.floor(i / plane) % d.inC) % groupC === 8
          forward(
            d,
            mapped(x, (value, i) => (ninth(i) ? 0 : value)),
            w,
            b,
            y,
          )
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'odd-feature': {
      says: 'the last of an odd number of features is left out of the sum',
      killers: ['forward', 'features', 'adjoint', 'numeric-gradient'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const even = (d.inSize - (d.inSize % 2)) * d.outSize
          forward(
            d,
            x,
            mapped(w, (value, i) => (i < even ? value : 0)),
            b,
            y,
          )
        },
      }),
    },
    'features-above-64': {
      says: 'features from the 64th on are left out of the sum',
      killers: ['forward', 'large'],
      change: ({ forward }) => ({
        forward: (d, x, w, b, y) =>
          forward(
            d,
            x,
            mapped(w, (value, i) => (i < 64 * d.outSize ? value : 0)),
            b,
            y,
          ),
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'channels-above-4': {
      says: 'channels from the fifth on give 0',
      killers: ['channels', 'forward', 'large'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          const plane = d.outH * d.outW
          y.set(mapped(y, (value, i) => (Math.floor(i / plane) % d.channels < 4 ? value : 0)))
        },
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'last-image-left-out': {
      says: 'the statistics are those of all images but the last',
      killers: ['batch-order', 'forward'],
      change: ({ statistics }) => ({
        statistics: (d, ...storages) => statistics({ ...d, n: Math.max(1, d.n - 1) }, ...storages),
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'last-class-left-out': {
      says: 'the last class is left out of the sum of exps',
      killers: ['classes', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, logits, ...storages) =>
          forward(
            d,
            s,
            mapped(logits, (value, i) => (d.classes > 1 && i % d.classes === d.classes - 1 ? -1e30 : value)),
            ...storages,
          ),
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'last-class-left-out': {
      says: 'the margin of the last class is never positive',
      killers: ['classes', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, logits, ...storages) =>
          forward(
            d,
            s,
            mapped(logits, (value, i) => (i % d.classes === d.classes - 1 ? value - 1e6 : value)),
            ...storages,
          ),
      }),
    },
  }),
  ...kernelMutants('vector', {
    'odd-square': {
      says: 'sumOfSquares leaves out the last of an odd number of elements',
      killers: ['forward', 'order'],
      change: ({ sumOfSquares }) => ({
        sumOfSquares: (d, x, y) => sumOfSquares({ size: d.size - (d.size % 2) }, x, y),
      }),
    },
    'squares-above-1024': {
      says: 'sumOfSquares adds up four blocks of 256 elements, and no fifth',
      killers: ['large'],
      change: ({ sumOfSquares }) => ({
        sumOfSquares: (d, x, y) => sumOfSquares({ size: Math.min(d.size, 1024) }, x, y),
      }),
    },
    'scaled-not-added': {
      says: 'addScaled assigns a * x: = for +=',
      killers: ['forward', 'large'],
      change: () => ({ addScaled: (_d, { a }, x, y) => y.set(mapped(x, (value) => a * value)) }),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'nothing-dropped': {
        says: 'the mask is ignored: y is x',
        killers: ['mask', 'forward', 'backward'],
        change: () => ({ multiply: (_d, x, _m, y) => y.set(x) }),
      },
    },
    { row: 'dropout' },
  ),
]
