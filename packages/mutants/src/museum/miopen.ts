import type { Conv2dDims, Data } from '@convkit/api'
import { mapped, unwritten } from '../mutants/faults.js'
import { isDilated, isPadded, isPointwise, isStrided, pixelAt, weightAt, wrongDw, wrongDx } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { miopenLayers } from './miopenLayers.js'

/** Whether taps of one remainder by the stride are too few: the last are cut off. */
function isCutOff(tap: number, size: number, stride: number): boolean {
  const most = Math.ceil(size / stride)
  const slice = ((tap % stride) + 1) * most <= size ? most : size % most
  return Math.floor(tap / stride) >= slice
}

/** Whether an axis has one output only, and so is taken to have no stride. */
const isSingle = (out: number, size: number, stride: number) => out === 1 && size > 1 && stride > 1

/** dx of a 1 x 1 kernel whose stride is lost on axes with one output: dy is read past its planes. */
function pastThePlane(d: Conv2dDims, dy: Data, w: Data, dx: Data): void {
  const strideH = isSingle(d.outH, d.inH, d.strideH) ? 1 : d.strideH
  const strideW = isSingle(d.outW, d.inW, d.strideW) ? 1 : d.strideW
  dx.set(
    mapped(dx, (_, index) => {
      const [at, plane] = [pixelAt(d.inH, d.inW, index), Math.floor(index / (d.inH * d.inW))]
      if (at.h % strideH > 0 || at.w % strideW > 0) return 0
      const [n, c] = [Math.floor(plane / d.inC), plane % d.inC]
      let sum = 0
      for (let f = 0; f < d.outC; f++) {
        const out = ((n * d.outC + f) * d.outH + at.h / strideH) * d.outW + at.w / strideW
        sum += (dy[out] ?? 0) * w[f * d.inC + c]
      }
      return sum
    }),
  )
}

/** Whether no window of a 1 x 1 kernel, or of the first taps of another, begins at a pixel. */
function isBetween(d: Conv2dDims, index: number): boolean {
  const { h, w } = pixelAt(d.inH, d.inW, index)
  return (h + d.padTop) % d.strideH > 0 || (w + d.padLeft) % d.strideW > 0
}

const isProduct = (d: Conv2dDims) => isPointwise(d) && !isStrided(d) && !isPadded(d)

export const miopenExhibits: readonly Exhibit[] = [
  ...kernelExhibits('conv2d', {
    'stride-lost-with-one-output': {
      says: 'the input gradient of a 1 x 1 convolution takes the stride of an axis with a single output for 1, and reads dy past its planes',
      killers: ['numeric-gradient', 'backward', 'adjoint', 'stride'],
      link: 'https://github.com/ROCm/MIOpen/pull/1496',
      change: wrongDx(
        (d) =>
          isPointwise(d) &&
          !isPadded(d) &&
          d.groups === 1 &&
          (isSingle(d.outH, d.inH, d.strideH) || isSingle(d.outW, d.inW, d.strideW)),
        (d, dy, w, dx) => pastThePlane(d, dy, w, dx),
      ),
    },
    'stride-lost-on-one-pixel': {
      says: 'the weight gradient takes the stride of an axis along which the image has a single pixel for 1',
      killers: ['backward', 'adjoint', 'stride'],
      link: 'https://github.com/ROCm/MIOpen/issues/2867',
      change: wrongDw(
        (d) => (d.inH === 1 && d.strideH > 1) || (d.inW === 1 && d.strideW > 1),
        (d, dy, x, _dw, run) =>
          run({ ...d, strideH: d.inH > 1 ? d.strideH : 1, strideW: d.inW > 1 ? d.strideW : 1 }, dy, x),
      ),
    },
    'taps-cut-off-at-stride-3': {
      says: 'at strides of 3 and more the input gradient counts the taps of one remainder by the stride wrong, and leaves out the last of them, as of four or seven rows',
      killers: ['backward', 'adjoint', 'stride'],
      link: 'https://github.com/ROCm/MIOpen/issues/575',
      change: wrongDx(
        (d) => isStrided(d) && !isDilated(d) && d.groups === 1,
        (d, dy, w, _dx, run) =>
          run(
            d,
            dy,
            mapped(w, (value, index) => {
              const { i, j } = weightAt(d, index)
              return isCutOff(i, d.kH, d.strideH) || isCutOff(j, d.kW, d.strideW) ? 0 : value
            }),
          ),
      ),
    },
    'padding-ignored-of-pointwise-in-dx': {
      says: 'transposed, a 1 x 1 kernel is a matrix product, and padding is ignored',
      killers: ['adjoint', 'padding', 'backward'],
      link: 'https://github.com/ROCm/MIOpen/issues/55',
      change: wrongDx(
        (d) => isPointwise(d) && !isStrided(d) && isPadded(d),
        (d, dy, w, _dx, run) => run({ ...d, padTop: 0, padLeft: 0 }, dy, w),
      ),
    },
    'even-filter-width-from-8-on': {
      says: 'the weight gradient leaves out the last column of filters of an even width from 8 to 14',
      killers: ['sweep-kernel'],
      link: 'https://github.com/ROCm/MIOpen/issues/100',
      change: wrongDw(
        (d) => d.kW % 2 === 0 && d.kW >= 8 && d.kW < 15 && d.strideW !== 2,
        (d, dy, x, dw, run) => {
          run(d, dy, x)
          dw.set(mapped(dw, (value, index) => (index % d.kW === d.kW - 1 ? 0 : value)))
        },
      ),
    },
    'gaps-of-pointwise-unwritten': {
      says: 'Composable Kernel: the input gradient of a strided 1 x 1 convolution is not written between its windows',
      killers: ['overwrites', 'stride', 'backward'],
      link: 'https://github.com/ROCm/composable_kernel/issues/105',
      change: wrongDx(
        (d) => isPointwise(d) && isStrided(d),
        (d, dy, w, dx, run) =>
          unwritten(
            dx,
            (index) => isBetween(d, index),
            () => run(d, dy, w),
          ),
      ),
    },
    'first-of-the-strided-products': {
      says: 'Composable Kernel, without groups: of the products that a strided input gradient is made of only the first is computed, and the rest of dx is zero',
      killers: ['adjoint', 'stride', 'backward'],
      link: 'https://github.com/ROCm/rocm-libraries/pull/7732',
      change: wrongDx(
        (d) => isStrided(d) && !isDilated(d) && d.groups === 1,
        (d, dy, w, dx, run) => {
          run(d, dy, w)
          dx.set(mapped(dx, (value, index) => (isBetween(d, index) ? 0 : value)))
        },
      ),
    },
    'pairs-of-grouped-pointwise': {
      says: 'Composable Kernel: with groups, the weight gradient of a 1 x 1 convolution has its elements in pairs, both of the first one, where a group has an even number of channels, or else of filters',
      killers: ['sweep-groups'],
      link: 'https://github.com/ROCm/composable_kernel/pull/2478',
      change: wrongDw(
        (d) => d.groups > 1 && isProduct(d) && ((d.inC / d.groups) % 2 === 0 || (d.outC / d.groups) % 2 === 0),
        (d, dy, x, dw, run) => {
          run(d, dy, x)
          const groupC = d.inC / d.groups
          const right = dw.slice()
          dw.set(
            mapped(dw, (_, index) => {
              const { f, c } = weightAt(d, index)
              if (groupC % 2 === 0) return right[index - (c % 2)]
              return right[index - (f % 2) * groupC]
            }),
          )
        },
      ),
    },
  }),
  ...miopenLayers,
]
