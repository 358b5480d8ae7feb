import type { Conv2dDims, Data, MaxPool2dDims } from '@convkit/api'
import { unwritten } from '../mutants/faults.js'
import { given } from '../mutants/mutant.js'
import { accelerated } from './acceleratedUpdates.js'
import { isStrided, wrongDw, wrongDx } from './convGradients.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** Whether rows or columns are left over behind the last window, as transposed by padding of the output. */
function hasRest(d: Conv2dDims): boolean {
  const rest = (padded: number, kernel: number, stride: number, dilation: number) =>
    (padded - (kernel - 1) * dilation - 1) % stride > 0
  return (
    rest(d.inH + d.padTop + d.padBottom, d.kH, d.strideH, d.dilationH) ||
    rest(d.inW + d.padLeft + d.padRight, d.kW, d.strideW, d.dilationW)
  )
}

/** An array as it is read from one element before it. */
function readFromBefore(array: Data): Data {
  const shifted = array.slice()
  shifted.set(array.subarray(0, array.length - 1), 1)
  shifted[0] = 0
  return shifted
}

const isDepthwise = (d: Conv2dDims) => d.groups === d.inC && d.groups === d.outC

const is3x3by1padded = (d: MaxPool2dDims) =>
  d.kH === 3 &&
  d.kW === 3 &&
  d.strideH === 1 &&
  d.strideW === 1 &&
  [d.padTop, d.padLeft, d.padBottom, d.padRight].every((pad) => pad === 1)

/** Compilers, and what runs on accelerators. */
export const acceleratorExhibits: readonly Exhibit[] = [
  ...kernelExhibits('conv2d', {
    'address-shifted-with-output-padding': {
      says: 'TVM, CUDA, transposed: at a stride above 1 and with padding of the output an index is simplified wrong, and dy is read from one element before it',
      killers: ['adjoint', 'stride', 'backward'],
      link: 'https://github.com/apache/tvm/issues/19524',
      change: wrongDx(
        (d) => isStrided(d) && hasRest(d),
        (d, dy, w, _dx, run) => run(d, readFromBefore(dy), w),
      ),
    },
    'stride-lost-with-groups-in-dw': {
      says: 'IREE: with groups, but not depthwise, and at a stride above 1 patches for the weight gradient are cut out at the wrong places',
      killers: ['groups', 'adjoint', 'backward'],
      link: 'https://github.com/iree-org/iree/issues/23786',
      change: wrongDw(
        (d) => d.groups > 1 && !isDepthwise(d) && isStrided(d),
        (d, dy, x, _dw, run) => run({ ...d, strideH: 1, strideW: 1 }, dy, x),
      ),
    },
  }),
  ...kernelExhibits('maxPool2d', {
    'channels-behind-whole-32': {
      says: 'Tenstorrent: with more than 32 channels, and not a multiple of 32, those behind the last whole 32 are not computed',
      killers: ['large', 'sweep-channels'],
      link: 'https://github.com/tenstorrent/tt-metal/issues/15731',
      change: where(
        (d: MaxPool2dDims) => d.channels > 32 && d.channels % 32 > 0,
        ({ forward }) => ({
          forward: (d, x, y) =>
            unwritten(
              y,
              (i) => Math.floor(i / (d.outH * d.outW)) % d.channels >= d.channels - (d.channels % 32),
              () => forward(d, x, y),
            ),
        }),
      ),
    },
    'last-pixel-of-3x3': {
      says: 'Tenstorrent: with windows of 3 x 3, a stride of 1 and padding of 1 the last pixel is not written',
      killers: ['sweep-networks', 'overwrites'],
      link: 'https://github.com/tenstorrent/tt-metal/issues/14260',
      change: where(is3x3by1padded, ({ forward }) => ({
        forward(d, x, y) {
          const plane = d.outH * d.outW
          unwritten(
            y,
            (i) => i % plane === plane - 1 && i >= (d.n - 1) * d.channels * plane,
            () => forward(d, x, y),
          )
        },
      })),
    },
    'strides-exchanged': {
      says: 'Darknet: cuDNN is given the stride of the width where it wants that of the height, and the other way round',
      killers: ['stride', 'transpose', 'forward'],
      link: 'https://github.com/AlexeyAB/darknet/issues/8302',
      change: given('forward', (d, ...storages) => [{ ...d, strideH: d.strideW, strideW: d.strideH }, ...storages]),
    },
  }),
  ...accelerated,
]
