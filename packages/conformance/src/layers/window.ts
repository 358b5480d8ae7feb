import { type Shape, type WindowOptions, windowDims } from '@convkit/api'
import type { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { permute, stuff, subsample, transpose } from '../core/gather.js'
import { changed, each, inputOf, same } from '../core/inputs.js'
import { blocks, pairs, sizes } from '../core/shapes.js'
import { randomOf, wholeNumbers } from '../core/sharp.js'
import { shuffle } from '../core/shuffle.js'
import type { Law } from '../core/spec.js'
import { related } from '../laws/relation.js'

export type WindowAttrs = Required<WindowOptions> & {
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly pad: readonly [number, number, number, number]
}

export interface WindowSizes {
  readonly channels: fc.Arbitrary<number>
  readonly image: fc.Arbitrary<number>
  /** Height or width of a window; default: up to 9. */
  readonly kernel?: fc.Arbitrary<number>
  readonly work: number
}

// By rank, as in `sizes`.
const kernels = [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 7, 9]
const smallKernel = fc.nat(kernels.length - 1).map((rank) => kernels[rank])

export const smallWindows: WindowSizes = { channels: sizes(9), image: sizes(17), work: 4_000 }
export const largeWindows: WindowSizes = {
  channels: blocks(65),
  image: blocks(65),
  work: 100_000,
}

/** Windows of up to a thousand elements, and elements under as many windows. */
export const longWindows: WindowSizes = {
  channels: fc.constantFrom(1, 2),
  image: fc.constantFrom(31, 33, 40),
  kernel: fc.constantFrom(16, 24, 31, 32),
  work: 2_000_000,
}

/** Whole numbers for dy, and for x what `draw` makes of it. */
export function sharpWindows(c: Case, draw: (random: Random, array: NdArray) => NdArray): Case {
  const random = randomOf(c)
  return changed(c, {
    inputs: { x: draw(random, inputOf(c, 'x')) },
    dy: c.dy && wholeNumbers(random, c.dy),
  })
}

/**
 * Images and the windows that slide over them: overlapping, tiling and leaving gaps, with other padding on every side.
 * Padding is cut to less than the kernel, and images grow until one window fits.
 */
export function windows({
  channels,
  image,
  kernel = smallKernel,
  work,
}: WindowSizes): fc.Arbitrary<{ shape: Shape; attrs: WindowAttrs }> {
  const pad = fc.nat(4).map((rank) => Math.max(0, rank - 1))
  return fc
    .record({
      n: sizes(4),
      channels,
      image: pairs(image),
      kernel: pairs(kernel),
      stride: pairs(fc.integer({ min: 1, max: 3 })),
      pad: fc.tuple(pad, pad, pad, pad),
    })
    .map(({ n, channels, image, kernel, stride, pad: sides }) => {
      const [top, left, bottom, right] = sides.map((side, i) => Math.min(side, kernel[i % 2] - 1))
      const pad = [top, left, bottom, right] as const
      const sized = (axis: 0 | 1) => Math.max(image[axis], kernel[axis] - pad[axis] - pad[axis + 2])
      return { shape: [n, channels, sized(0), sized(1)], attrs: { kernel, stride, pad } }
    })
    .filter(({ shape: [n, channels, height, width], attrs: { kernel, stride } }) => {
      const taps = Math.max(1, kernel[0] / stride[0]) * Math.max(1, kernel[1] / stride[1])
      return n * channels * height * width * taps <= work
    })
}

// The arbitrary above is the only source of these attributes.
export const windowAttrs = (c: Case) => c.attrs as WindowAttrs

export const channelOrder = related('channels', 'each channel is pooled alone, in whatever order they come', (c) => {
  const { order, back } = shuffle(inputOf(c, 'x').shape[1])
  const turn = (array: NdArray) => permute(array, 1, order)
  const unturn = (array: NdArray) => permute(array, 1, back)
  return {
    other: changed(c, { inputs: each(c.inputs, { x: turn }), dy: c.dy && turn(c.dy) }),
    carry: (r) => each(r, { y: unturn, dx: unturn }),
  }
})

export const strideOne = related(
  'stride',
  'a stride takes every so many outputs of the same pooling at stride 1',
  (c) => {
    const { kernel, stride, pad } = windowAttrs(c)
    const { shape } = inputOf(c, 'x')
    const [d, dense] = [stride, 1].map((stride) => windowDims(c.layer, shape, { kernel, stride, pad }))
    const thin = (y: NdArray) => subsample(subsample(y, 2, stride[0], d.outH), 3, stride[1], d.outW)
    const spread = (dy: NdArray) => stuff(stuff(dy, 2, stride[0], dense.outH), 3, stride[1], dense.outW)
    return {
      other: changed(c, { dy: c.dy && spread(c.dy), attrs: { stride: [1, 1] } }),
      carry: (r) => each(r, { y: thin, dx: same }),
    }
  },
)

export function transposition(cases?: fc.Arbitrary<Case>): Law {
  const says = 'exchanging height and width everywhere exchanges them in every result'
  return related(
    'transpose',
    says,
    (c) => {
      const { kernel, stride, pad } = windowAttrs(c)
      const [top, left, bottom, right] = pad
      const attrs = { kernel: kernel.toReversed(), stride: stride.toReversed(), pad: [left, top, right, bottom] }
      return {
        other: changed(c, { inputs: each(c.inputs, { x: transpose }), dy: c.dy && transpose(c.dy), attrs }),
        carry: (r) => each(r, { y: transpose, dx: transpose }),
      }
    },
    cases,
  )
}
