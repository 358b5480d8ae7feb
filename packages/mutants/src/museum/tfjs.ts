import type { Conv2dDims, Data } from '@convkit/api'
import { mapped, zerosLike } from '../mutants/faults.js'
import { after, given } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { tfjsLayers } from './tfjsLayers.js'
import { where } from './where.js'

const isPlain = (d: Conv2dDims) => d.strideH * d.strideW * d.dilationH * d.dilationW * d.groups === 1
const isDepthwise = (d: Conv2dDims) => d.groups === d.inC
const padsOf = (d: Conv2dDims) => d.padTop + d.padLeft + d.padBottom + d.padRight

/** w without some of its columns of taps. */
function someColumns(d: Conv2dDims, w: Data, isKept: (column: number) => boolean): Data {
  return mapped(w, (value, i) => (isKept(i % d.kW) ? value : 0))
}

/** Images whose rows are read as if each had a column more than it has. */
function readWithColumnMore(d: Conv2dDims, x: Data): Data {
  const pixels = d.inH * d.inW
  return mapped(zerosLike(x), (_, i) => {
    const at = Math.floor((i % pixels) / d.inW) * (d.inW + 1) + (i % d.inW)
    return at < pixels ? x[Math.floor(i / pixels) * pixels + at] : 0
  })
}

function isSame(a: Data | undefined, b: Data): boolean {
  return a !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}

/** Whether ceil(size / stride) windows of one pixel leave some over, so that padding would be negative. */
function isNegative(size: number, kernel: number, stride: number): boolean {
  return kernel === 1 && (Math.ceil(size / stride) - 1) * stride + kernel < size
}

const transposed = (y: Data, channels: number) =>
  mapped(y, (_, i) => y[(i % channels) * (y.length / channels) + Math.floor(i / channels)])

/** dx of one group without dilation, where the last window that reaches a pixel is lost unless it ends there. */
function withoutLast(d: Conv2dDims, dy: Data, w: Data, dx: Data): void {
  const windows = (at: number, pad: number, kernel: number, stride: number, count: number) => ({
    from: Math.max(0, Math.ceil((at + pad + 1 - kernel) / stride)),
    to: Math.min(count, Math.floor((at + pad + 1) / stride)),
  })
  for (let n = 0; n < d.n; n++)
    for (let c = 0; c < d.inC; c++)
      for (let h = 0; h < d.inH; h++)
        for (let column = 0; column < d.inW; column++) {
          const rows = windows(h, d.padTop, d.kH, d.strideH, d.outH)
          const columns = windows(column, d.padLeft, d.kW, d.strideW, d.outW)
          let sum = 0
          for (let p = rows.from; p < rows.to; p++)
            for (let q = columns.from; q < columns.to; q++) {
              const [i, j] = [h + d.padTop - p * d.strideH, column + d.padLeft - q * d.strideW]
              for (let f = 0; f < d.outC; f++)
                sum += dy[((n * d.outC + f) * d.outH + p) * d.outW + q] * w[((f * d.inC + c) * d.kH + i) * d.kW + j]
            }
          dx[((n * d.inC + c) * d.inH + h) * d.inW + column] = sum
        }
}

const forward = kernelExhibits('conv2d', {
  'second-call-of-odd-width': {
    says: 'WebGL: when an image of odd width meets a 1 x 1 kernel again its rows are taken to have a column more',
    killers: ['replays', 'repeats', 'unwanted'],
    link: 'https://github.com/tensorflow/tfjs/issues/4844',
    change({ forward }) {
      const seen = new WeakMap<Data, Data>()
      return {
        forward(d, x, ...storages) {
          const isAffected = isPlain(d) && d.kH * d.kW === 1 && padsOf(d) === 0 && d.inW % 2 === 1
          if (!isAffected) return forward(d, x, ...storages)
          const isSecond = isSame(seen.get(x), x)
          seen.set(x, x.slice())
          forward(d, isSecond ? readWithColumnMore(d, x) : x, ...storages)
        },
      }
    },
  },
  'dilation-in-bounds-of-kernel': {
    says: 'WebGL, depthwise: dilated places are compared with the width of the kernel, and columns at right left out',
    killers: ['dilation', 'forward', 'adjoint'],
    link: 'https://github.com/tensorflow/tfjs/issues/5378',
    change: where(
      (d: Conv2dDims) => isDepthwise(d) && d.dilationW > 1,
      given('forward', (d, x, w, ...storages) => [
        d,
        x,
        someColumns(d, w, (column) => Math.floor(column / 2) * 2 * d.dilationW < d.kW),
        ...storages,
      ]),
    ),
  },
  'texel-before-at-dilation-3': {
    says: 'WebGL, depthwise: dilated by 3, odd columns of the kernel read two pixels too far left for even outputs',
    killers: ['sweep-combinations', 'forward'],
    link: 'https://github.com/tensorflow/tfjs/pull/6662',
    change: where(
      (d: Conv2dDims) => isDepthwise(d) && d.dilationW === 3 && d.strideW === 1 && d.kW > 1,
      ({ forward }) => ({
        forward(d, x, w, b, y) {
          const [even, odd] = [zerosLike(y), zerosLike(y)]
          const isOdd = (column: number) => column % 2 === 1
          forward(
            d,
            x,
            someColumns(d, w, (column) => !isOdd(column)),
            b,
            even,
          )
          forward({ ...d, padLeft: d.padLeft + 2 }, x, someColumns(d, w, isOdd), null, odd)
          forward(d, x, w, b, y)
          y.set(mapped(y, (value, i) => (isOdd(i % d.outW) ? value : even[i] + odd[i])))
        },
      }),
    ),
  },
  'undilated-3x3-depthwise': {
    says: 'WebGPU: the program for depthwise 3 x 3 kernels knows no dilation',
    killers: ['forward', 'adjoint'],
    link: 'https://github.com/tensorflow/tfjs/issues/6263',
    change: where(
      (d: Conv2dDims) => isDepthwise(d) && d.kH === 3 && d.kW === 3,
      given('forward', (d, ...storages) => [{ ...d, dilationH: 1, dilationW: 1 }, ...storages]),
    ),
  },
  'padding-below-zero': {
    says: 'WebAssembly, depthwise: a 1 x N kernel at stride 2 on an even size is padded by -1, and begins a pixel late',
    killers: ['sweep-networks', 'sweep-combinations', 'padding'],
    link: 'https://github.com/tensorflow/tfjs/issues/6629',
    change: where(
      (d: Conv2dDims) =>
        isDepthwise(d) && (d.kH === 1) !== (d.kW === 1) && d.strideH === 2 && d.strideW === 2 && d.dilationH === 1,
      given('forward', (d, ...storages) => [
        {
          ...d,
          padTop: d.padTop - (d.padTop + d.padBottom === 0 && isNegative(d.inH, d.kH, d.strideH) ? 1 : 0),
          padLeft: d.padLeft - (d.padLeft + d.padRight === 0 && isNegative(d.inW, d.kW, d.strideW) ? 1 : 0),
        },
        ...storages,
      ]),
    ),
  },
  'stride-past-the-image': {
    says: 'WebAssembly: where a stride is larger than the image all outputs are 0',
    killers: ['stride', 'forward'],
    link: 'https://github.com/tensorflow/tfjs/issues/5907',
    change: where(
      (d: Conv2dDims) => d.strideH > d.inH || d.strideW > d.inW,
      after('forward', (_d, _x, _w, _b, y) => y.fill(0)),
    ),
  },
  'channels-come-last': {
    says: 'WebGL: the product that stands for the convolution of a single image leaves its channels last',
    killers: ['channels', 'forward', 'adjoint', 'transpose'],
    link: 'https://github.com/tensorflow/tfjs/issues/6308',
    change: where(
      (d: Conv2dDims) => d.n === 1 && isPlain(d) && d.kH * d.kW > 1,
      after('forward', (d, _x, _w, _b, y) => y.set(transposed(y, d.outC))),
    ),
  },
})

const backward = kernelExhibits('conv2d', {
  'dx-offsets-for-one-channel': {
    says: 'WebAssembly: the input gradient finds its filters by offsets that are right for one channel of input',
    killers: ['adjoint', 'backward', 'numeric-gradient'],
    link: 'https://github.com/tensorflow/tfjs/pull/5518',
    change: where(
      (d: Conv2dDims) => d.groups === 1 && d.inC > 1,
      ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          const taps = d.kH * d.kW
          const offsets = mapped(w, (_, i) => {
            const [at, tap] = [Math.floor(i / taps), i % taps]
            return w[((at % d.inC) * d.outC + Math.floor(at / d.inC)) * taps + tap]
          })
          backward(d, dy, x, w, null, dw, db)
          if (dx) backward(d, dy, x, offsets, dx, null, null)
        },
      }),
    ),
  },
  'dx-range-in-whole-numbers': {
    says: 'WebAssembly: strides divide the range of windows of a pixel in whole numbers, so that dx loses the last',
    killers: ['stride', 'adjoint', 'backward', 'numeric-gradient'],
    link: 'https://github.com/tensorflow/tfjs/pull/4981',
    change: where(
      (d: Conv2dDims) => d.strideH * d.strideW > 1 && d.groups === 1 && d.dilationH * d.dilationW === 1,
      after('backward', (d, dy, _x, w, dx) => {
        if (dx) withoutLast(d, dy, w, dx)
      }),
    ),
  },
})

export const tfjsExhibits: readonly Exhibit[] = [...forward, ...backward, ...tfjsLayers]
