import type { AffineDims, Conv2dDims, Data } from '@convkit/api'
import { mapped, positiveOrZero, zerosLike } from '../mutants/faults.js'
import { after, given } from '../mutants/mutant.js'
import { isDilated, weightAt, wrongDw, wrongDx } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** What one tap more gives, at the column behind the last: dy has the next row there. */
function tapPastTheRow(d: Conv2dDims, dy: Data, w: Data, dx: Data): void {
  const column = d.outW * d.strideW - d.padLeft
  if (column < 0 || column >= d.inW) return
  for (let nc = 0; nc < d.n * d.inC; nc++)
    for (let f = 0; f < d.outC; f++)
      for (let p = 0; p < d.outH; p++)
        for (let i = 0; i < d.kH; i++) {
          const [n, c, h] = [Math.floor(nc / d.inC), nc % d.inC, p * d.strideH + i * d.dilationH - d.padTop]
          if (h < 0 || h >= d.inH) continue
          const next = dy[((n * d.outC + f) * d.outH + p + 1) * d.outW] ?? 0
          dx[(nc * d.inH + h) * d.inW + column] += next * w[((f * d.inC + c) * d.kH + i) * d.kW]
        }
}

/** The last rows, when there is no whole block of four: packed as many rows wide as there are, read four wide. */
function misreadRows({ n, inSize: D }: AffineDims, x: Data): Data {
  const [tail, first] = [n % 4, n - (n % 4)]
  const packed = zerosLike(x, tail * D)
  for (let r = 0; r < tail; r++) for (let d = 0; d < D; d++) packed[d * tail + r] = x[(first + r) * D + d]
  return mapped(x, (value, i) => {
    const [row, d] = [Math.floor(i / D), i % D]
    return row < first ? value : (packed[d * 4 + row - first] ?? 0)
  })
}

export const onednnExhibits: readonly Exhibit[] = [
  ...kernelExhibits('conv2d', {
    'tap-past-the-row-in-dx': {
      says: 'at a width stride above 1 the input gradient takes one window more than there is at the end of each row, where columns are left over: it reads the next row of dy',
      killers: ['adjoint', 'stride', 'backward'],
      link: 'https://github.com/uxlfoundation/oneDNN/issues/542',
      change: wrongDx(
        (d) => d.strideW > 1 && !isDilated(d) && d.groups === 1,
        (d, dy, w, dx, run) => {
          run(d, dy, w)
          tapPastTheRow(d, dy, w, dx)
        },
      ),
    },
    'second-block-of-narrow-images': {
      says: 'AArch64: at a width stride above 1, of images narrower than 17, the input gradient of channels behind the first 16 has the weights of those before',
      killers: ['large', 'sweep-channels'],
      link: 'https://github.com/fujitsu/oneDNN/issues/43',
      change: wrongDx(
        (d) => d.strideW > 1 && d.inC > 16 && d.inW < 17 && d.groups === 1,
        (d, dy, w, _dx, run) => {
          const taps = d.kH * d.kW
          run(
            d,
            dy,
            mapped(w, (_, i) => {
              const { c } = weightAt(d, i)
              return w[i - (c - (c % 16)) * taps]
            }),
          )
        },
      ),
    },
    'rows-trimmed-for-the-block': {
      says: 'AArch64, depthwise, at a height stride above 1 and with padding: rows of the kernel that lie above the image in the first row of windows are left out of the weight gradient in all of them',
      killers: ['transpose'],
      link: 'https://github.com/uxlfoundation/oneDNN/pull/4040',
      change: wrongDw(
        (d) => d.groups > 1 && d.groups === d.inC && d.groups === d.outC && d.strideH > 1 && d.padTop > 0,
        (d, dy, x, dw, run) => {
          run(d, dy, x)
          dw.set(mapped(dw, (value, index) => (weightAt(d, index).i * d.dilationH < d.padTop ? 0 : value)))
        },
      ),
    },
  }),
  ...kernelExhibits('relu', {
    'nan-rectified-by-vector-maximum': {
      says: 'RISC-V: the maximum of a vector with zero turns NaN into zero',
      killers: ['special-values'],
      link: 'https://github.com/uxlfoundation/oneDNN/pull/5370',
      change: after('forward', (_d, _x, y) => {
        y.set(mapped(y, positiveOrZero))
      }),
    },
  }),
  ...kernelExhibits('maxPool2d', {
    'height-stride-along-the-width': {
      says: 'NNPACK: windows step by the height stride along the width too',
      killers: ['stride', 'transpose', 'forward'],
      link: 'https://github.com/Maratyszcza/NNPACK/issues/16',
      change: given('forward', (d, ...storages) => [{ ...d, strideW: d.strideH }, ...storages]),
    },
  }),
  ...kernelExhibits('affine', {
    'last-rows-packed-narrower': {
      says: 'NNPACK: rows behind the last four are packed side by side as many as there are, and read as if they were four',
      killers: ['forward', 'batch-order', 'adjoint'],
      link: 'https://github.com/Maratyszcza/NNPACK/issues/44',
      change: where(
        (d: AffineDims) => d.n % 4 > 0,
        given('forward', (d, x, ...others) => [d, misreadRows(d, x), ...others]),
      ),
    },
  }),
]
