import type { AffineDims, Conv2dDims, Data } from '@convkit/api'
import { mapped, unwritten, zerosLike } from '../mutants/faults.js'
import { after } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { tensorflowLayers } from './tensorflowLayers.js'
import { where } from './where.js'

const isPointwise = ({ kH, kW }: Conv2dDims) => kH * kW === 1
const isPadded = (d: Conv2dDims) => d.padTop + d.padLeft + d.padBottom + d.padRight > 0

/** The pixels of each plane in a row, as many as there are outputs. */
function firstPixels(d: Conv2dDims, x: Data): Data {
  const [pixels, outputs] = [d.inH * d.inW, d.outH * d.outW]
  return mapped(zerosLike(x, d.n * d.inC * outputs), (_, i) => x[Math.floor(i / outputs) * pixels + (i % outputs)])
}

function normOf(values: Data): number {
  let squares = 0
  for (const value of values) squares += value * value
  return Math.sqrt(squares)
}

/** Errors as a Fourier transform has them: each of the size of the whole image, whatever its window holds. */
function transformErrors(d: Conv2dDims, x: Data, w: Data, y: Data): void {
  const [image, filter, plane] = [x.length / d.n, w.length / d.outC, d.outH * d.outW]
  const images = Array.from({ length: d.n }, (_, n) => normOf(x.subarray(n * image, (n + 1) * image)))
  const filters = Array.from({ length: d.outC }, (_, f) => normOf(w.subarray(f * filter, (f + 1) * filter)))
  const unit = 2 ** -24 * Math.log2(d.inH * d.inW + 1)
  y.set(
    mapped(y, (value, i) => {
      const at = Math.floor(i / plane)
      const error = unit * images[Math.floor(at / d.outC)] * filters[at % d.outC]
      return value + (i % 2 === 0 ? -error : error)
    }),
  )
}

const sixteenBits = 2 ** 16

export const tensorflowExhibits: readonly Exhibit[] = [
  ...kernelExhibits('conv2d', {
    'product-for-strided-pointwise': {
      says: 'GPU: a 1 x 1 kernel is one product over pixels as they lie in memory, also where the stride is not 1',
      killers: ['translation', 'forward'],
      link: 'https://github.com/tensorflow/tensorflow/pull/1868',
      change: where(
        (d: Conv2dDims) => isPointwise(d) && !isPadded(d) && d.groups === 1 && d.strideH * d.strideW > 1,
        ({ forward }) => ({
          forward: (d, x, ...storages) =>
            forward(
              { ...d, inH: d.outH, inW: d.outW, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 },
              firstPixels(d, x),
              ...storages,
            ),
        }),
      ),
    },
    'fourier-errors-from-four-images': {
      says: 'GPU: from four images on errors of a 5 x 5 kernel are of the size of the largest pixels, not the sums',
      killers: ['sweep-networks', 'forward', 'translation', 'batch-sums'],
      link: 'https://github.com/tensorflow/tensorflow/issues/1299',
      dtype: 'float32',
      change: where(
        (d: Conv2dDims) =>
          d.n >= 4 && d.kH === 5 && d.kW === 5 && d.strideH * d.strideW * d.dilationH * d.dilationW * d.groups === 1,
        after('forward', (d, x, w, _b, y) => transformErrors(d, x, w, y)),
      ),
    },
    'corner-from-the-other-end': {
      says: 'GPU: in a batch of 100 images the window at the top left reads, for padding, the last pixel of its image',
      killers: ['batch-sums'],
      link: 'https://github.com/tensorflow/tensorflow/issues/24196',
      change: where(
        (d: Conv2dDims) => d.n >= 100 && d.padTop > 0 && d.padLeft > 0 && d.groups === 1,
        after('forward', (d, x, w, _b, y) => {
          const [pixels, taps, outputs] = [d.inH * d.inW, d.kH * d.kW, d.outH * d.outW]
          for (let n = 0; n < d.n; n++)
            for (let f = 0; f < d.outC; f++)
              for (let c = 0; c < d.inC; c++)
                y[(n * d.outC + f) * outputs] += x[(n * d.inC + c + 1) * pixels - 1] * w[(f * d.inC + c) * taps]
        }),
      ),
    },
    'images-past-65535': {
      says: 'GPU: in a batch of more than 65,536 images those from the 65,537th on are all 0',
      killers: ['sweep-batch', 'large'],
      link: 'https://github.com/tensorflow/tensorflow/issues/9870',
      change: where(
        (d: Conv2dDims) => d.n > sixteenBits,
        after('forward', (d, _x, _w, _b, y) => y.fill(0, sixteenBits * (y.length / d.n))),
      ),
    },
    'first-batch-of-65536-products': {
      says: 'GPU, float32: of 65,536 matrix products and more those from 65,535 on are 0, in the first call alone',
      killers: ['sweep-batch', 'large'],
      link: 'https://github.com/tensorflow/tensorflow/issues/29374',
      dtype: 'float32',
      change({ forward }) {
        let isFirst = true
        return {
          forward(d, x, w, b, y) {
            forward(d, x, w, b, y)
            if (!isFirst || d.n < sixteenBits || !isPointwise(d)) return
            isFirst = false
            y.fill(0, (sixteenBits - 1) * (y.length / d.n))
          },
        }
      },
    },
  }),
  ...kernelExhibits('affine', {
    'dimension-of-65536': {
      says: 'GPU, float32: a product with a dimension of 65,536 or more is not computed past it',
      killers: ['sweep-rows', 'sweep-outputs', 'sweep-features'],
      link: 'https://github.com/tensorflow/tensorflow/issues/32877',
      dtype: 'float32',
      change: where(
        (d: AffineDims) => Math.max(d.n, d.inSize, d.outSize) >= sixteenBits,
        ({ forward }) => ({
          forward(d, x, w, b, y) {
            const near = mapped(x, (value, i) => (i % d.inSize < sixteenBits ? value : 0))
            const isPast = (i: number) => Math.floor(i / d.outSize) >= sixteenBits || i % d.outSize >= sixteenBits
            unwritten(y, isPast, () => forward(d, near, w, b, y))
          },
        }),
      ),
    },
  }),
  ...tensorflowLayers,
]
