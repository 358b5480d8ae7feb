import type { Conv2dDims, Data } from '@convkit/api'
import { mapped, unwritten, zerosLike } from '../mutants/faults.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when, wrapped } from './when.js'

const isOneToOne = ({ inC, outC, groups }: Conv2dDims) => inC === groups && outC === groups
const isUnitStep = (d: Conv2dDims) => d.strideH * d.strideW * d.dilationH * d.dilationW === 1

/** The image with each channel taken from another one. */
function fromChannels({ inC, inH, inW }: Conv2dDims, x: Data, source: (c: number) => number): Data {
  const plane = inH * inW
  return mapped(x, (_, i) => {
    const c = Math.floor(i / plane) % inC
    return x[i + (source(c) - c) * plane]
  })
}

const largest = (array: Data) => Float64Array.from(array).reduce((max, value) => Math.max(max, Math.abs(value)), 0)

export const pytorchConvolutionExhibits: readonly Exhibit[] = kernelExhibits('conv2d', {
  'mps-strides-crossed': {
    says: 'MPS: where the strides of the two axes differ each axis takes the step of the other',
    killers: ['stride', 'forward', 'transpose'],
    link: 'https://github.com/pytorch/pytorch/issues/83180',
    change: ({ forward, backward }) => {
      const crossed = (d: Conv2dDims) => ({ ...d, strideH: d.strideW, strideW: d.strideH })
      return {
        forward: (d, ...storages) => forward(crossed(d), ...storages),
        backward: (d, ...storages) => backward(crossed(d), ...storages),
      }
    },
  },
  'mps-kernel-of-256': {
    says: 'MPS: float32 kernels of 256 rows or columns and more overrun shared memory if there are two images or more',
    killers: ['sweep-kernel', 'deep-sums', 'large'],
    link: 'https://github.com/pytorch/pytorch/issues/188335',
    dtype: 'float32',
    change: when(
      'forward',
      ({ n, kH, kW }) => n > 1 && Math.max(kH, kW) >= 256,
      (forward, d, x, w, ...storages) => {
        const lost = (i: number) => i % d.kW >= 128 || Math.floor(i / d.kW) % d.kH >= 128
        const rest = mapped(w, (value, i) => (lost(i) ? 0 : value))
        forward(d, x, rest, ...storages)
      },
    ),
  },
  'mps-filters-above-65536': {
    says: 'MPS: outputs of filters from the 65,537th on land on those of the first ones',
    killers: ['sweep-filters', 'large'],
    link: 'https://github.com/pytorch/pytorch/issues/129207',
    change: when(
      'forward',
      ({ outC }) => outC > 2 ** 16,
      (forward, d, x, w, b, y) => wrapped(y, d.outH * d.outW, d.outC, (right) => forward(d, x, w, b, right)),
    ),
  },
  'mps-dw-of-65536-images': {
    says: 'MPS: the weight gradient of 65,536 images and more is wrong: their number wraps around',
    killers: ['batch-sums', 'sweep-batch'],
    link: 'https://github.com/pytorch/pytorch/issues/96225',
    change: when(
      'backward',
      ({ n }) => n >= 2 ** 16,
      (backward, d, dy, x, w, dx, dw, db) => {
        backward(d, dy, x, w, dx, null, db)
        if (dw) backward({ ...d, n: d.n % 2 ** 16 }, dy, x, w, null, dw, null)
      },
    ),
  },
  'mkldnn-groups-read-first-channels': {
    says: 'MKL-DNN: with fewer than 16 channels a group, and filters a multiple of 16, all groups read the channels of the first',
    killers: ['groups', 'sweep-groups', 'large'],
    link: 'https://github.com/pytorch/pytorch/issues/19912',
    change: when(
      'forward',
      ({ groups, inC, outC }) => groups > 1 && inC / groups < 16 && outC % 16 === 0,
      (forward, d, x, ...storages) =>
        forward(
          d,
          fromChannels(d, x, (c) => c % (d.inC / d.groups)),
          ...storages,
        ),
    ),
  },
  'dw-pairs-channels-across-groups': {
    says: 'nn.grad: the weight gradient of several groups of several channels is taken of channels that are interleaved',
    killers: ['groups', 'adjoint', 'backward', 'numeric-gradient'],
    link: 'https://github.com/pytorch/pytorch/issues/51430',
    change: when(
      'backward',
      ({ groups }) => groups > 1,
      (backward, d, dy, x, w, dx, dw, db) => {
        backward(d, dy, x, w, dx, null, db)
        const groupC = d.inC / d.groups
        const interleaved = fromChannels(d, x, (c) => (c % groupC) * d.groups + Math.floor(c / groupC))
        backward(d, dy, interleaved, w, null, dw, null)
      },
    ),
  },
  'neon-multiplier-planes-unwritten': {
    says: 'NEON: the depthwise path for 3 x 3 kernels writes one plane a channel, also if there are more filters',
    killers: ['overwrites', 'groups', 'forward', '3x3'],
    link: 'https://github.com/pytorch/pytorch/pull/55794',
    change: when(
      'forward',
      (d) => d.groups === d.inC && d.outC > d.groups && d.kH === 3 && d.kW === 3 && isUnitStep(d),
      (forward, d, x, w, b, y) => {
        const plane = d.outH * d.outW
        unwritten(
          y,
          (i) => i >= d.n * d.groups * plane,
          () => forward(d, x, w, b, y),
        )
      },
    ),
  },
  'onednn-depthwise-24-last-row': {
    says: 'oneDNN: the weight gradient of 24 n depthwise 3 x 3 kernels at stride 2 takes the row under the last window for padding',
    killers: ['sweep-networks', 'sweep-groups', 'large'],
    link: 'https://github.com/pytorch/pytorch/issues/50042',
    change: when(
      'backward',
      (d) => isOneToOne(d) && d.groups % 24 === 0 && d.kH * d.kW === 9 && d.kH === 3 && d.strideH * d.strideW === 4,
      (backward, d, dy, x, w, dx, dw, db) => {
        backward(d, dy, x, w, dx, dw, db)
        if (!dw) return
        const short = zerosLike(dw)
        const lastRow = (i: number) => Math.floor(i / d.outW) % d.outH === d.outH - 1
        const others = mapped(dy, (value, i) => (lastRow(i) ? 0 : value))
        backward(d, others, x, w, null, short, null)
        dw.set(mapped(dw, (value, i) => (Math.floor(i / d.kW) % d.kH === 2 ? short[i] : value)))
      },
    ),
  },
  'mkldnn-dx-at-the-right-edge': {
    says: 'MKL-DNN: at strides of 3 and more that leave columns over, those that only the last window holds get no gradient',
    killers: ['stride', 'backward', 'adjoint', 'sweep-stride'],
    link: 'https://github.com/pytorch/pytorch/issues/25101',
    dtype: 'float32',
    change: when(
      'backward',
      (d) => d.strideW >= 3 && d.dilationW === 1 && (d.inW + d.padLeft + d.padRight - d.kW) % d.strideW > 0,
      (backward, d, dy, x, w, dx, dw, db) => {
        backward(d, dy, x, w, dx, dw, db)
        const first = (d.outW - 2) * d.strideW - d.padLeft + d.kW
        if (dx) dx.set(mapped(dx, (value, i) => (d.outW > 1 && i % d.inW >= first ? 0 : value)))
      },
    ),
  },
  'pointwise-at-stride-2': {
    says: 'CPU: the gradient of a transposed 1 x 1 convolution, a forward pass, reads neighbouring pixels at stride 2',
    killers: ['stride', 'translation', 'forward'],
    link: 'https://github.com/pytorch/pytorch/issues/63314',
    change: when(
      'forward',
      (d) => d.kH * d.kW === 1 && (d.strideH === 2 || d.strideW === 2),
      (forward, d, ...storages) => forward({ ...d, strideH: 1, strideW: 1 }, ...storages),
    ),
  },
  'cuda-zeros-of-5x5': {
    says: 'CUDA: 5 x 5 kernels over hundreds of channels are transformed, and leave an error where every product is zero',
    killers: ['sweep-networks', 'deep-sums', 'sweep-channels'],
    link: 'https://github.com/pytorch/pytorch/issues/35655',
    dtype: 'float32',
    change: when(
      'forward',
      (d) => d.kH === 5 && d.kW === 5 && isUnitStep(d) && d.inC / d.groups >= 320,
      (forward, d, x, w, b, y) => {
        forward(d, x, w, b, y)
        const error = 2 ** -11 * (d.inC / d.groups) * largest(x) * largest(w)
        y.set(mapped(y, (value, i) => value + (i % 2 === 0 ? error : -error)))
      },
    ),
  },
})
