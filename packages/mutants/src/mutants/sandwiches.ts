import type { Conv2dDims, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { inTail, mapped, positiveOrZero } from './faults.js'
import { kernelMutants, type Mutant, type Table } from './mutant.js'

// The naive backend composes its sandwiches; these are right fused kernels, to plant faults in.
const { affine, conv2d, relu } = layers()

function layers(): { affine: Table<'affine'>; conv2d: Table<'conv2d'>; relu: Table<'relu'> } {
  const { affine, conv2d, relu } = createNaive().kernels.float64 ?? {}
  if (!affine || !conv2d || !relu) throw new Error('the naive backend has every layer')
  return { affine, conv2d, relu }
}

function rectify(y: Data): void {
  relu.forward({ size: y.length }, y, y)
}

export const affineRelu: Table<'affineRelu'> = {
  forward(d, x, w, b, y) {
    affine.forward(d, x, w, b, y)
    rectify(y)
  },
}

export const convRelu: Table<'convRelu'> = {
  forward(d, x, w, b, y) {
    conv2d.forward(d, x, w, b, y)
    rectify(y)
  },
}

const affineReluMutants = kernelMutants(
  'affineRelu',
  {
    'tail-not-rectified': {
      says: 'outputs behind the last whole vector of eight are not rectified',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const straight = y.slice()
          affine.forward(d, x, w, b, straight)
          forward(d, x, w, b, y)
          y.set(mapped(y, (value, i) => (inTail(d.outSize, 8)(i % d.outSize) ? straight[i] : value)))
        },
      }),
    },
    'bias-after-relu': {
      says: 'the bias is added to what is rectified already',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, null, y)
          if (b) y.set(mapped(y, (value, i) => value + b[i % d.outSize]))
        },
      }),
    },
    'no-relu-without-bias': {
      says: 'rectifying hangs on the bias: without one it is left out',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward: (d, x, w, b, y) => (b ? forward : affine.forward)(d, x, w, b, y),
      }),
    },
    'nan-becomes-zero': {
      says: 'a NaN gives 0, for it is not greater than 0',
      killers: ['special-values'],
      change: () => ({
        forward(d, x, w, b, y) {
          affine.forward(d, x, w, b, y)
          y.set(mapped(y, positiveOrZero))
        },
      }),
    },
    'relu-of-each-block': {
      says: 'partial sums are rectified after each block of four features',
      killers: ['composition', 'forward'],
      change: () => ({
        forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
          for (let n = 0; n < N; n++)
            for (let m = 0; m < M; m++) {
              let sum = b ? b[m] : 0
              for (let d = 0; d < D; d++) {
                sum += x[n * D + d] * w[d * M + m]
                if (d % 4 === 3) sum = Math.max(0, sum)
              }
              y[n * M + m] = Math.max(0, sum)
            }
        },
      }),
    },
    'mask-for-value': {
      says: 'the step is stored in place of what passes it',
      killers: ['composition', 'forward', 'backward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          y.set(mapped(y, (value) => (value > 0 ? 1 : value)))
        },
      }),
    },
  },
  { right: affineRelu },
)

/** Whether the window of an output reaches over the border of the image. */
function overBorder(d: Conv2dDims, out: number): boolean {
  const top = (Math.floor(out / d.outW) % d.outH) * d.strideH - d.padTop
  const left = (out % d.outW) * d.strideW - d.padLeft
  const [bottom, right] = [top + d.dilationH * (d.kH - 1), left + d.dilationW * (d.kW - 1)]
  return top < 0 || left < 0 || bottom >= d.inH || right >= d.inW
}

const convReluMutants = kernelMutants(
  'convRelu',
  {
    'border-not-rectified': {
      says: 'the slow path for windows over the border leaves out the relu',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const straight = y.slice()
          conv2d.forward(d, x, w, b, straight)
          forward(d, x, w, b, y)
          y.set(mapped(y, (value, i) => (overBorder(d, i) ? straight[i] : value)))
        },
      }),
    },
    'bias-after-relu': {
      says: 'the bias is added to what is rectified already',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, null, y)
          if (b) y.set(mapped(y, (value, i) => value + b[Math.floor(i / (d.outH * d.outW)) % d.outC]))
        },
      }),
    },
    'no-relu-with-groups': {
      says: 'the path for groups leaves out the relu',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward: (d, ...storages) => (d.groups > 1 ? conv2d.forward : forward)(d, ...storages),
      }),
    },
    'nan-becomes-zero': {
      says: 'a NaN gives 0, for it is not greater than 0',
      killers: ['special-values'],
      change: () => ({
        forward(d, x, w, b, y) {
          conv2d.forward(d, x, w, b, y)
          y.set(mapped(y, positiveOrZero))
        },
      }),
    },
    'capped-at-six': {
      says: 'relu6: nothing is larger than 6',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          y.set(mapped(y, (value) => Math.min(6, value)))
        },
      }),
    },
    'dilation-ignored': {
      says: 'the fused kernel knows no dilation',
      killers: ['composition', 'forward'],
      change: ({ forward }) => ({
        forward: (d, ...storages) => forward({ ...d, dilationH: 1, dilationW: 1 }, ...storages),
      }),
    },
  },
  { right: convRelu },
)

export const sandwichMutants: readonly Mutant[] = [...affineReluMutants, ...convReluMutants]
