import type { AffineDims, AvgPool2dDims, Conv2dDims, Data } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { mapped, zerosLike } from '../mutants/faults.js'
import { after, given, type KernelFault } from '../mutants/mutant.js'
import { convRelu } from '../mutants/sandwiches.js'
import { isStrided, weightAt, wrongDx } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** Averages over windows that count as many rows and columns as `counted` says. */
function recounted(
  counted: (d: AvgPool2dDims, top: number, left: number) => number,
): KernelFault<'avgPool2d'>['change'] {
  return where(
    (d: AvgPool2dDims) => d.countIncludePad,
    after('forward', (d, _x, y) => {
      y.set(
        mapped(y, (value, i) => {
          const top = (Math.floor(i / d.outW) % d.outH) * d.strideH - d.padTop
          const left = (i % d.outW) * d.strideW - d.padLeft
          return (value * d.kH * d.kW) / counted(d, top, left)
        }),
      )
    }),
  )
}

/** Pads that make the output as large as the image over the stride, the odd one at the end. */
function isSameUpper(d: Conv2dDims): boolean {
  const along = (size: number, out: number, kernel: number, stride: number, dilation: number, pads: number[]) =>
    out === Math.ceil(size / stride) &&
    pads[0] + pads[1] === Math.max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size) &&
    pads[0] === Math.floor((pads[0] + pads[1]) / 2)
  return (
    along(d.inH, d.outH, d.kH, d.strideH, d.dilationH, [d.padTop, d.padBottom]) &&
    along(d.inW, d.outW, d.kW, d.strideW, d.dilationW, [d.padLeft, d.padRight])
  )
}

/** What comes of weights that are packed 16 columns wide and read four columns wide. */
function misread({ inSize: D, outSize: M }: AffineDims, w: Data): Data {
  const packed = zerosLike(w, Math.ceil(M / 16) * 16 * D)
  for (let m = 0; m < M; m++)
    for (let d = 0; d < D; d++) packed[(Math.floor(m / 16) * D + d) * 16 + (m % 16)] = w[d * M + m]
  return mapped(w, (_, i) => {
    const [d, m] = [Math.floor(i / M), i % M]
    return packed[(Math.floor(m / 4) * D + d) * 4 + (m % 4)]
  })
}

export const onnxruntimeExhibits: readonly Exhibit[] = [
  ...kernelExhibits('avgPool2d', {
    'counts-bottom-pad-as-left': {
      says: 'CPU, from opset 19: padding counts, but the rows of a window are counted up to the image and as many rows of padding as there are at the left',
      killers: ['transpose', 'padding', 'adjoint', 'forward'],
      link: 'https://github.com/microsoft/onnxruntime/pull/27375',
      change: recounted((d, top) => (Math.min(top + d.kH, d.inH + d.padLeft) - top) * d.kW),
    },
    'end-pad-not-counted': {
      says: 'CPU, from opset 19: padding counts at the top and at the left, but not at the bottom and at the right',
      killers: ['padding', 'adjoint', 'forward'],
      link: 'https://github.com/microsoft/onnxruntime/issues/24681',
      change: recounted((d, top, left) => (Math.min(top + d.kH, d.inH) - top) * (Math.min(left + d.kW, d.inW) - left)),
    },
  }),
  ...kernelExhibits('maxPool2d', {
    'three-nans-ignored': {
      says: 'CPU: of exactly three NaNs beside other values the maximum knows nothing; of one, two or four it does',
      killers: ['special-values', 'non-finite-windows'],
      link: 'https://github.com/microsoft/onnxruntime/issues/10514',
      change: after('forward', (d, x, y) => {
        for (const [out, window] of underWindows(d).entries()) {
          const numbers = window.map((i) => x[i]).filter((value) => !Number.isNaN(value))
          if (window.length === numbers.length + 3 && numbers.length > 0) y[out] = Math.max(...numbers)
        }
      }),
    },
  }),
  ...kernelExhibits('conv2d', {
    'same-upper-rounded-up': {
      says: 'WebGPU: where pads keep the size, at strides above 1, the odd row or column of padding is put before the image instead of behind it',
      killers: ['sweep-networks', 'forward', 'adjoint', 'stride'],
      link: 'https://github.com/microsoft/onnxruntime/pull/27249',
      change: where(
        (d: Conv2dDims) => isStrided(d) && isSameUpper(d),
        given('forward', (d, ...storages) => [
          {
            ...d,
            padTop: Math.ceil((d.padTop + d.padBottom) / 2),
            padLeft: Math.ceil((d.padLeft + d.padRight) / 2),
          },
          ...storages,
        ]),
      ),
    },
    'remainder-without-weights': {
      says: 'WebGPU, transposed: with an odd number of filters a group, five or more, those behind the last four are added up without their weights',
      killers: ['adjoint', 'channels', 'backward'],
      link: 'https://github.com/microsoft/onnxruntime/pull/27749',
      change: wrongDx(
        (d) => d.outC / d.groups > 4 && (d.outC / d.groups) % 2 === 1,
        (d, dy, w, _dx, run) => {
          const groupF = d.outC / d.groups
          const isLast = (f: number) => f % groupF >= groupF - (groupF % 4)
          run(
            d,
            dy,
            mapped(w, (value, i) => (isLast(weightAt(d, i).f) ? 1 : value)),
          )
        },
      ),
    },
  }),
  ...kernelExhibits(
    'convRelu',
    {
      'weights-of-the-first-node': {
        says: 'ROCm: the arguments of a fused convolution are cached by its shape: a second one of the same shape has the weights and the bias of the first',
        killers: ['stale', 'plans', 'replays', 'composition'],
        link: 'https://github.com/microsoft/onnxruntime/pull/15671',
        change({ forward }) {
          const cached = new Map<string, { readonly w: Data; readonly b: Data | null }>()
          return {
            forward(d, x, w, b, y) {
              const key = JSON.stringify([d, b === null])
              const first = cached.get(key) ?? { w, b }
              cached.set(key, first)
              forward(d, x, first.w, first.b, y)
            },
          }
        },
      },
    },
    { right: convRelu },
  ),
  ...kernelExhibits('affine', {
    'packed-16-wide-read-4-wide': {
      says: 'RISC-V: the weights are packed in panels of 16 columns and read in panels of four',
      killers: ['forward', 'adjoint'],
      link: 'https://github.com/microsoft/onnxruntime/issues/20030',
      change: given('forward', (d, x, w, ...others) => [d, x, misread(d, w), ...others]),
    },
  }),
]
