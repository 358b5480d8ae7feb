import type { Conv2dDims, Data } from '@convkit/api'
import { accumulated, inTail, mapped, rounded, unwritten, zerosLike } from './faults.js'
import { after, given, type KernelFault, kernelMutants } from './mutant.js'

/** Both passes at other dims than they were given. */
function geometry(change: (d: Conv2dDims) => Partial<Conv2dDims>): KernelFault<'conv2d'>['change'] {
  return ({ forward, backward }) => ({
    forward: (d, ...storages) => forward({ ...d, ...change(d) }, ...storages),
    backward: (d, ...storages) => backward({ ...d, ...change(d) }, ...storages),
  })
}

function weightIndex({ inC, kH, kW, groups }: Conv2dDims, index: number) {
  const [taps, groupC] = [kH * kW, inC / groups]
  const [f, c] = [Math.floor(index / taps / groupC), Math.floor(index / taps) % groupC]
  return { f, c, tap: index % taps, groupC, taps }
}

/** The image with its border repeated around it, and no padding left to do. */
function replicated(d: Conv2dDims, x: Data): { d: Conv2dDims; x: Data } {
  const [inH, inW] = [d.inH + d.padTop + d.padBottom, d.inW + d.padLeft + d.padRight]
  const clamp = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1)
  const grown = mapped(zerosLike(x, d.n * d.inC * inH * inW), (_, index) => {
    const [plane, h, w] = [Math.floor(index / inH / inW), Math.floor(index / inW) % inH, index % inW]
    return x[(plane * d.inH + clamp(h - d.padTop, d.inH)) * d.inW + clamp(w - d.padLeft, d.inW)]
  })
  return { d: { ...d, inH, inW, padTop: 0, padLeft: 0, padBottom: 0, padRight: 0 }, x: grown }
}

export const conv2dMutants = kernelMutants('conv2d', {
  'strides-swapped': {
    says: 'both passes step by the height stride along the width, and the other way round',
    killers: ['forward', 'backward', 'stride'],
    change: geometry(({ strideH, strideW }) => ({ strideH: strideW, strideW: strideH })),
  },
  'dilation-of-height-only': {
    says: 'the dilation of the height is used for both axes',
    killers: ['transpose', 'dilation', 'forward'],
    change: geometry(({ dilationH }) => ({ dilationW: dilationH })),
  },
  'dilation-ignored-in-dw': {
    says: 'the weight gradient reads x as if the dilation were 1',
    killers: ['dilation', 'adjoint', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        backward(d, dy, x, w, dx, null, db)
        if (dw) backward({ ...d, dilationH: 1, dilationW: 1 }, dy, x, w, null, dw, null)
      },
    }),
  },
  'pad-top-for-left': {
    says: 'the forward pass pads the left by what is meant for the top',
    killers: ['transpose', 'padding', 'adjoint', 'forward'],
    change: given('forward', (d, ...storages) => [{ ...d, padLeft: d.padTop }, ...storages]),
  },
  'border-repeated': {
    says: 'outside the image the forward pass reads the nearest pixel, as a texture sampler does, instead of zero',
    killers: ['padding', 'adjoint', 'forward'],
    change: given('forward', (d, x, ...storages) => {
      const grown = replicated(d, x)
      return [grown.d, grown.x, ...storages]
    }),
  },
  'last-row-dropped': {
    says: 'the forward pass takes the last row of the image for padding',
    killers: ['transpose', 'adjoint', 'forward'],
    change: given('forward', (d, x, ...storages) => [
      d,
      mapped(x, (value, i) => (Math.floor(i / d.inW) % d.inH === d.inH - 1 ? 0 : value)),
      ...storages,
    ]),
  },
  'groups-share-weights': {
    says: 'every group is convolved with the filters of the first',
    killers: ['groups', 'adjoint', 'forward'],
    change: given('forward', (d, x, w, ...storages) => {
      const share = w.length / d.groups
      return [d, x, mapped(w, (_, i) => w[i % share]), ...storages]
    }),
  },
  'bias-tail': {
    says: 'the bias is added to whole vectors of four filters only',
    killers: ['forward', 'channels', 'adjoint'],
    change: given('forward', (d, x, w, b, y) => [d, x, w, b && mapped(b, (v, f) => (inTail(d.outC, 4)(f) ? 0 : v)), y]),
  },
  'pointwise-without-stride': {
    says: 'a 1 x 1 kernel is taken for a matrix product, whatever the stride',
    killers: ['stride', 'translation', 'forward'],
    change: geometry(({ kH, kW }) => (kH * kW === 1 ? { strideH: 1, strideW: 1 } : {})),
  },
  tf32: {
    says: 'inputs are rounded to 11 bits before they are multiplied, as tensor cores do',
    killers: ['forward', 'backward', 'large'],
    dtype: 'float32',
    change: ({ forward, backward }) => {
      const round = (array: Data) => mapped(array, (value) => rounded(value, 11))
      return {
        forward: (d, x, w, b, y) => forward(d, round(x), round(w), b, y),
        backward: (d, dy, x, w, ...grads) => backward(d, round(dy), round(x), round(w), ...grads),
      }
    },
  },
  'kernel-not-flipped': {
    says: 'the input gradient is correlated with the kernel instead of convolved',
    killers: ['adjoint', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        const flipped = mapped(w, (_, i) => {
          const { tap, taps } = weightIndex(d, i)
          return w[i - tap + (taps - 1 - tap)]
        })
        backward(d, dy, x, w, null, dw, db)
        if (dx) backward(d, dy, x, flipped, dx, null, null)
      },
    }),
  },
  'dx-accumulated': {
    says: 'the input gradient is added to what its memory holds',
    killers: ['overwrites'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        if (dx) accumulated(dx, () => backward(d, dy, x, w, dx, null, null))
        backward(d, dy, x, w, null, dw, db)
      },
    }),
  },
  'dx-gaps-unwritten': {
    says: 'pixels that no window reaches keep what the memory of dx held',
    killers: ['overwrites', 'stride'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        const one = (array: Data) => mapped(array, () => 1)
        const reach = dx && zerosLike(dx)
        if (reach) backward(d, one(dy), x, one(w), reach, null, null)
        if (dx && reach)
          unwritten(
            dx,
            (i) => reach[i] === 0,
            () => backward(d, dy, x, w, dx, null, null),
          )
        backward(d, dy, x, w, null, dw, db)
      },
    }),
  },
  'dw-transposed': {
    says: 'the weight gradient is written with channels before filters',
    killers: ['channels', 'adjoint', 'backward', 'numeric-gradient', 'training/gradients'],
    change: after('backward', (d, _dy, _x, _w, _dx, dw) => {
      if (!dw) return
      const right = dw.slice()
      for (const [i, value] of right.entries()) {
        const { f, c, tap, taps } = weightIndex(d, i)
        dw[(c * d.outC + f) * taps + tap] = value
      }
    }),
  },
  'dw-averaged': {
    says: 'the weight gradient is a mean over the batch instead of a sum',
    killers: ['adjoint', 'backward', 'numeric-gradient'],
    change: after('backward', (d, _dy, _x, _w, _dx, dw) => {
      if (dw) dw.set(mapped(dw, (value) => value / d.n))
    }),
  },
  'db-of-first-image': {
    says: 'the bias gradient is summed over the first image alone',
    killers: ['batch-order', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, dy, x, w, dx, dw, db) {
        backward(d, dy, x, w, dx, dw, null)
        if (db) backward({ ...d, n: 1 }, dy, x, w, null, null, db)
      },
    }),
  },
})
