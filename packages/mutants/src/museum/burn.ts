import type { AffineDims, AvgPool2dDims, Conv2dDims, Data } from '@convkit/api'
import { after, given } from '../mutants/mutant.js'
import { affineRelu } from '../mutants/sandwiches.js'
import { isDilated, isPadded, isPointwise, isStrided, wrongDw } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

const isLopsided = (d: AvgPool2dDims) => d.padTop !== d.padBottom || d.padLeft !== d.padRight

/** A 1 x 1 convolution that is one matrix product over its channels, in an odd number of stages of eight. */
function hasOddStages(d: Conv2dDims): boolean {
  const isProduct = isPointwise(d) && !isStrided(d) && !isPadded(d) && d.groups === 1
  return isProduct && d.inC % 16 === 8
}

/** One more stage of eight channels: those of the next pixel, and of the weights what lies behind them in memory. */
function oneStageMore(d: Conv2dDims, x: Data, w: Data, _b: Data | null, y: Data): void {
  const pixels = d.inH * d.inW
  for (let row = 0; row + 1 < d.n * pixels; row++) {
    const [n, pixel] = [Math.floor(row / pixels), row % pixels]
    const [nextN, nextPixel] = [Math.floor((row + 1) / pixels), (row + 1) % pixels]
    for (let f = 0; f < d.outC; f++) {
      let sum = 0
      for (let c = 0; c < 8; c++) sum += x[(nextN * d.inC + c) * pixels + nextPixel] * w[f * d.inC + c]
      y[(n * d.outC + f) * pixels + pixel] += sum
    }
  }
}

export const burnExhibits: readonly Exhibit[] = [
  ...kernelExhibits('avgPool2d', {
    'counts-lopsided-pad': {
      says: 'padding that must not count does, in both passes, where it is not the same on both sides: it is written around the image first',
      killers: ['padding', 'constant', 'forward'],
      link: 'https://github.com/tracel-ai/burn/issues/5450',
      change: where(
        (d: AvgPool2dDims) => !d.countIncludePad && isLopsided(d),
        ({ forward, backward }) => ({
          forward: (d, ...storages) => forward({ ...d, countIncludePad: true }, ...storages),
          backward: (d, ...storages) => backward({ ...d, countIncludePad: true }, ...storages),
        }),
      ),
    },
  }),
  ...kernelExhibits('affine', {
    'nothing-from-500-rows-on': {
      says: 'wgpu on Metal: products of matrices with 500 rows or more are zeros',
      killers: ['sweep-rows', 'large'],
      link: 'https://github.com/tracel-ai/burn/issues/4966',
      change: where(
        (d: AffineDims) => d.n >= 500,
        after('forward', (d, _x, _w, b, y) => {
          for (let i = 0; i < y.length; i++) y[i] = b ? b[i % d.outSize] : 0
        }),
      ),
    },
  }),
  ...kernelExhibits(
    'affineRelu',
    {
      'column-as-row-vector': {
        says: 'fused, CUDA and Vulkan: the product with a single column goes to the kernel for a single row, and every row has the result of the first',
        killers: ['composition', 'forward'],
        link: 'https://github.com/tracel-ai/burn/issues/5122',
        change: where(
          (d: AffineDims) => d.outSize === 1,
          after('forward', (_d, _x, _w, _b, y) => {
            y.fill(y[0])
          }),
        ),
      },
    },
    { right: affineRelu },
  ),
  ...kernelExhibits('conv2d', {
    'odd-stage-past-the-end': {
      says: 'wgpu: double buffering rounds the stages of eight channels of a 1 x 1 convolution up to an even number, and the last reads past the end of the weights',
      killers: ['sweep-channels'],
      link: 'https://github.com/tracel-ai/burn/issues/5626',
      change: where(hasOddStages, after('forward', oneStageMore)),
    },
    'stride-and-dilation-swapped-in-dw': {
      says: 'candle, transposed: the weight gradient takes the stride for the dilation and the dilation for the stride',
      killers: ['adjoint', 'stride', 'backward'],
      link: 'https://github.com/huggingface/candle/pull/2337',
      change: wrongDw(
        (d) => isStrided(d) || isDilated(d),
        (d, dy, x, _dw, run) =>
          run({ ...d, strideH: d.dilationH, strideW: d.dilationW, dilationH: d.strideH, dilationW: d.strideW }, dy, x),
      ),
    },
  }),
  ...kernelExhibits('layerNorm', {
    'epsilon-outside-the-root': {
      says: 'epsilon is added to the deviation, not to the variance under the root',
      killers: ['scale', 'forward'],
      link: 'https://github.com/tracel-ai/burn/issues/2185',
      change: after('forward', (d, { eps }, _x, _gamma, beta, y, _mean, variance) => {
        for (let i = 0; i < y.length; i++) {
          const [own, shift] = [variance[Math.floor(i / d.size)], beta[i % d.size]]
          y[i] = ((y[i] - shift) * Math.sqrt(own + eps)) / (Math.sqrt(own) + eps) + shift
        }
      }),
    },
  }),
  ...kernelExhibits('adam', {
    'time-before-the-first-step': {
      says: 'the bias is corrected for the number of steps before this one: the first divides by zero',
      killers: ['first-step', 'forward'],
      link: 'https://github.com/tracel-ai/burn/pull/630',
      change: given('update', (d, s, ...storages) => [d, { ...s, step: s.step - 1 }, ...storages]),
    },
    'moments-never-stored': {
      says: 'rust-autograd: the new moments are computed in copies, and the state stays what it was',
      killers: ['forward', 'elements'],
      link: 'https://github.com/raskr/rust-autograd/issues/16',
      change: ({ update }) => ({
        update: (d, s, g, m, v, w) => update(d, s, g, m.slice(), v.slice(), w),
      }),
    },
  }),
]
