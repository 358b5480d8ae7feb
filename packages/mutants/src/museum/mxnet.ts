import type { Conv2dDims, Data } from '@convkit/api'
import { accumulated, mapped, unwritten } from '../mutants/faults.js'
import { after, given } from '../mutants/mutant.js'
import { pixelAt, wrongDx } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** Outputs along an axis where a dilated kernel is taken to be `kernel * dilation - 1` pixels large. */
function outputsOfTooLarge(padded: number, kernel: number, stride: number, dilation: number): number {
  const span = kernel === 1 ? 1 : kernel * dilation - 1
  return Math.floor((padded - span) / stride) + 1
}

const isOverPadding = (from: number, kernel: number, size: number) => from < 0 || from + kernel > size

export const mxnetExhibits: readonly Exhibit[] = [
  ...kernelExhibits('maxPool2d', {
    'padded-with-zero': {
      says: 'CPU: padding is 0, and wins over what is below it',
      killers: ['padding', 'shift', 'forward'],
      link: 'https://github.com/apache/mxnet/issues/2753',
      change: after('forward', (d, _x, y) => {
        y.set(
          mapped(y, (value, i) => {
            const { h: p, w: q } = pixelAt(d.outH, d.outW, i)
            const isPadded =
              isOverPadding(p * d.strideH - d.padTop, d.kH, d.inH) ||
              isOverPadding(q * d.strideW - d.padLeft, d.kW, d.inW)
            return isPadded ? Math.max(0, value) : value
          }),
        )
      }),
    },
  }),
  ...kernelExhibits('layerNorm', {
    'dbeta-accumulated-without-dgamma': {
      says: 'where the gradient of gamma is not wanted that of beta is added to what its memory holds',
      killers: ['unwanted', 'overwrites'],
      link: 'https://github.com/apache/mxnet/issues/16297',
      change: ({ backward }) => ({
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
          const run = () => backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
          if (dbeta && !dgamma) accumulated(dbeta, run)
          else run()
        },
      }),
    },
  }),
  ...kernelExhibits('groupNorm', {
    'gamma-of-group': {
      says: 'gamma and beta have one element a group: all channels of a group have the same',
      killers: ['gamma', 'forward', 'groups'],
      link: 'https://github.com/apache/mxnet/issues/17139',
      change: given('forward', (d, s, x, gamma, beta, ...outputs) => {
        const ofGroup = (values: Data) => mapped(values, (_, c) => values[Math.floor((c * d.groups) / d.channels)])
        return [d, s, x, ofGroup(gamma), ofGroup(beta), ...outputs]
      }),
    },
  }),
  ...kernelExhibits('batchNorm', {
    'trained-gradient-in-test-mode': {
      says: 'GPU: the backward pass of test mode takes the mean of dy away, as if the statistics were those of the batch',
      killers: ['adjoint', 'backward', 'numeric-gradient'],
      link: 'https://github.com/apache/mxnet/issues/18209',
      change: after('inputFixed', (d, { eps }, dy, gamma, variance, dx) => {
        const channelOf = (i: number) => Math.floor(i / d.inner) % d.channels
        const sums = new Float64Array(d.channels)
        for (let i = 0; i < dy.length; i++) sums[channelOf(i)] += dy[i]
        for (let i = 0; i < dx.length; i++) {
          const c = channelOf(i)
          dx[i] -= ((gamma[c] / Math.sqrt(variance[c] + eps)) * sums[c]) / (d.n * d.inner)
        }
      }),
    },
  }),
  ...kernelExhibits('conv2d', {
    'kernel-too-large-from-dilation-3': {
      says: 'at dilations above 2 the kernel is taken to be larger than it is, and the last rows and columns of the output are not computed',
      killers: ['dilation', 'forward', 'adjoint'],
      link: 'https://github.com/apache/mxnet/issues/1457',
      change: where(
        (d: Conv2dDims) => d.dilationH > 2 || d.dilationW > 2,
        ({ forward }) => ({
          forward(d, x, w, b, y) {
            const along = (padded: number, kernel: number, stride: number, dilation: number) =>
              dilation > 2 ? outputsOfTooLarge(padded, kernel, stride, dilation) : Infinity
            const rows = along(d.inH + d.padTop + d.padBottom, d.kH, d.strideH, d.dilationH)
            const columns = along(d.inW + d.padLeft + d.padRight, d.kW, d.strideW, d.dilationW)
            unwritten(
              y,
              (i) => pixelAt(d.outH, d.outW, i).h >= rows || pixelAt(d.outH, d.outW, i).w >= columns,
              () => forward(d, x, w, b, y),
            )
          },
        }),
      ),
    },
    'height-steps-along-the-width-in-dx': {
      says: 'CPU: patches are summed into the input gradient by the stride and the dilation of the height on both axes',
      killers: ['adjoint', 'dilation', 'stride', 'backward'],
      link: 'https://github.com/apache/mxnet/issues/3479',
      change: wrongDx(
        (d) => d.strideH !== d.strideW || d.dilationH !== d.dilationW,
        (d, dy, w, _dx, run) => run({ ...d, strideW: d.strideH, dilationW: d.dilationH }, dy, w),
      ),
    },
  }),
  ...kernelExhibits('vector', {
    'square-of-negative-is-nan': {
      says: 'GPU: the square is a power by a function that knows positive bases only, and NaN for others',
      killers: ['forward', 'NaN'],
      link: 'https://github.com/apache/mxnet/issues/9455',
      change: after('sumOfSquares', (_d, x, y) => {
        if (x.some((value) => value < 0)) y[0] = Number.NaN
      }),
    },
  }),
]
