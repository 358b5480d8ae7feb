import type { AvgPool2dDims, Conv2dDims, MaxPool2dDims } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { mapped } from '../mutants/faults.js'
import { after, given } from '../mutants/mutant.js'
import { isDilated, isStrided, pixelAt } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

const tile = 4

const tilesOf = (d: Conv2dDims) => Math.ceil(d.outH / tile) * Math.ceil(d.outW / tile)

/** Whether an output lies in the last tile of its image. */
function isInLastTile(d: Conv2dDims, index: number): boolean {
  const { h, w } = pixelAt(d.outH, d.outW, index)
  const lastOf = (size: number) => Math.ceil(size / tile) - 1
  return Math.floor(h / tile) === lastOf(d.outH) && Math.floor(w / tile) === lastOf(d.outW)
}

const hasPad = (d: AvgPool2dDims) => d.padTop + d.padLeft + d.padBottom + d.padRight > 0

const is3x3by2 = (d: MaxPool2dDims) =>
  d.kH === 3 &&
  d.kW === 3 &&
  d.strideH === 2 &&
  d.strideW === 2 &&
  d.padTop + d.padLeft + d.padBottom + d.padRight === 0

/** ncnn, and other runtimes for phones. */
export const mobileExhibits: readonly Exhibit[] = [
  ...kernelExhibits('avgPool2d', {
    'border-rescaled': {
      says: 'the first and the last row and column of the averages are divided by the pixels inside the image, though padding counts',
      killers: ['padding', 'constant', 'forward'],
      link: 'https://github.com/Tencent/ncnn/issues/924',
      change: where(
        (d: AvgPool2dDims) => d.countIncludePad && hasPad(d),
        after('forward', (d, _x, y) => {
          y.set(
            mapped(y, (value, i) => {
              const { h, w } = pixelAt(d.outH, d.outW, i)
              let scale = 1
              if (h === 0) scale *= d.kH / (d.kH - d.padTop)
              if (h === d.outH - 1) scale *= d.kH / (d.kH - d.padBottom)
              if (w === 0) scale *= d.kW / (d.kW - d.padLeft)
              if (w === d.outW - 1) scale *= d.kW / (d.kW - d.padRight)
              return value * scale
            }),
          )
        }),
      ),
    },
  }),
  ...kernelExhibits('conv2d', {
    'width-dilation-for-square-kernels': {
      says: 'x86: square kernels with the same stride on both axes are dilated by the dilation of the width on both',
      killers: ['transpose', 'dilation', 'forward'],
      link: 'https://github.com/Tencent/ncnn/issues/1494',
      change: where(
        (d: Conv2dDims) => d.kH === d.kW && d.strideH === d.strideW && d.dilationH !== d.dilationW,
        given('forward', (d, ...storages) => [{ ...d, dilationH: d.dilationW }, ...storages]),
      ),
    },
    'last-tile-of-five-to-seven': {
      says: 'TNN, armv7: a 3 x 3 convolution goes by tiles of four pixels square, eight at a time, and where more than four are left over the last is wrong',
      killers: ['3x3', 'forward', 'large'],
      link: 'https://github.com/Tencent/TNN/issues/394',
      change: where(
        (d: Conv2dDims) =>
          d.kH === 3 && d.kW === 3 && !isStrided(d) && !isDilated(d) && d.groups === 1 && tilesOf(d) % 8 > 4,
        after('forward', (d, _x, _w, _b, y) => {
          y.set(mapped(y, (value, i) => (isInLastTile(d, i) ? 0 : value)))
        }),
      ),
    },
  }),
  ...kernelExhibits('maxPool2d', {
    'last-column-of-3x3-at-stride-2': {
      says: 'Anakin, ARM: at a stride of 2 the last window of 3 x 3 leaves out its last column where that is the last of the image',
      killers: ['sweep-networks', 'forward', 'transpose', 'stride'],
      link: 'https://github.com/PaddlePaddle/Anakin/issues/210',
      change: where(
        (d: MaxPool2dDims) => is3x3by2(d) && d.inW % 2 === 1,
        after('forward', (d, x, y) => {
          for (const [out, window] of underWindows(d).entries())
            if (out % d.outW === d.outW - 1)
              y[out] = Math.max(...window.filter((i) => i % d.inW < d.inW - 1).map((i) => x[i]))
        }),
      ),
    },
  }),
]
