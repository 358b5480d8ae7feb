import { type Conv2dOptions, conv2d } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import { pairs, seeds, sizes } from '../core/shapes.js'
import { toSharpen } from '../core/sharp.js'
import { type ValueKind, values } from '../core/values.js'

export type Attrs = Required<Conv2dOptions> & {
  readonly stride: readonly [number, number]
  readonly pad: readonly [number, number, number, number]
  readonly dilation: readonly [number, number]
}

interface ConvSizes {
  readonly channels: fc.Arbitrary<number>
  readonly image: fc.Arbitrary<number>
  readonly work: number
  readonly kinds: readonly ValueKind[]
  /** 3 x 3 kernels alone, at stride and dilation 1. */
  readonly only3x3?: boolean
}

/** Random geometry, bounded by `work` multiply-adds. */
type Sides = [number, number, number, number]

function convCases({ channels, image, work, kinds, only3x3 = false }: ConvSizes): fc.Arbitrary<Case> {
  const few = fc.integer({ min: 1, max: 3 })
  const mostlyOne = fc.oneof({ arbitrary: fc.constant(1), weight: 2 }, { arbitrary: few, weight: 1 })
  const side = fc.oneof({ arbitrary: fc.constant(0), weight: 1 }, { arbitrary: fc.nat(4), weight: 2 })
  // Most nets have none, or one for all sides.
  const pad = fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.tuple(side, side, side, side), weight: 3 },
    { arbitrary: fc.nat(2).map((all): Sides => [all, all, all, all]), weight: 2 },
  )
  // Square kernels at stride 1 have paths of their own in many kernels, and would be rare among all geometries.
  const anyKernel = fc.oneof(
    { withCrossShrink: true },
    { arbitrary: pairs(fc.integer({ min: 1, max: 5 })), weight: 2 },
    { arbitrary: fc.constantFrom<readonly [number, number]>([1, 1], [3, 3]), weight: 1 },
  )
  const anyStride = fc.oneof(
    { withCrossShrink: true },
    { arbitrary: pairs(few), weight: 2 },
    { arbitrary: fc.constant<readonly [number, number]>([1, 1]), weight: 1 },
  )
  const only = (size: number) => fc.constant<readonly [number, number]>([size, size])
  const [kernel, stride, dilation] = only3x3 ? [only(3), only(1), only(1)] : [anyKernel, anyStride, pairs(mostlyOne)]
  return fc
    .record({
      n: sizes(4),
      grouping: fc.oneof(
        { withCrossShrink: true },
        { arbitrary: fc.record({ groupC: channels, groupF: channels, groups: mostlyOne }), weight: 5 },
        // A filter for each channel, or two.
        {
          arbitrary: fc.record({ groupC: fc.constant(1), groupF: fc.integer({ min: 1, max: 2 }), groups: channels }),
          weight: 1,
        },
      ),
      image: pairs(image),
      kernel,
      stride,
      dilation,
      pad,
      bias: fc.boolean(),
      kind: fc.constantFrom(...kinds),
      seed: seeds,
    })
    .map(({ grouping, ...others }) => ({ ...grouping, ...others }))
    .filter((g) => {
      const spans = g.kernel.map((k, axis) => g.dilation[axis] * (k - 1) + 1)
      const padded = g.image.map((size, axis) => size + g.pad[axis] + g.pad[axis + 2])
      const products = g.n * g.groups * g.groupC * g.groupF * g.image[0] * g.image[1] * g.kernel[0] * g.kernel[1]
      return products <= work && spans.every((span, axis) => span <= padded[axis])
    })
    .map(({ n, groupC, groupF, groups, image, kernel, stride, dilation, pad, bias, kind, seed }) => {
      const random = new Random(seed)
      const x = values(random, [n, groupC * groups, ...image], kind)
      const w = values(random, [groupF * groups, groupC, ...kernel], kind)
      const b = bias ? { b: values(random, [groupF * groups], kind) } : {}
      const attrs: Attrs = { stride, pad, dilation, groups }
      const d = conv2d.dims(x.shape, w.shape, undefined, attrs)
      const dy = values(random, [d.n, d.outC, d.outH, d.outW], kind)
      return { layer: 'conv2d', attrs: { ...attrs }, inputs: { x, w, ...b }, dy }
    })
}

export const smallCases = convCases({
  channels: sizes(9),
  image: sizes(17),
  work: 30_000,
  kinds: ['normal', 'dyadic', 'wide'],
})
export const largeCases = convCases({
  channels: fc.constantFrom(3, 16, 31, 32, 33, 64, 65),
  image: fc.constantFrom(7, 8, 15, 16, 17, 32, 33),
  work: 3_000_000,
  kinds: ['normal'],
})
/** What makes fast algorithms worth their while, as Winograd's, with tiles of any size standing out over the edges. */
export const deepCases = convCases({
  channels: fc.constantFrom(8, 15, 16, 17, 31, 32, 33),
  image: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(15, 16, 17)),
  work: 300_000,
  kinds: ['normal', 'dyadic', 'wide'],
  only3x3: true,
})

interface LongShape {
  readonly n: number
  readonly groupC: number
  readonly groupF: number
  readonly kernel: number
  /** Pixels that the image is larger than the kernel, on either axis. */
  readonly more: readonly [number, number]
  readonly stride: number
  readonly pad: number
  readonly groups: number
  readonly seed: number
}

const mostProducts = { deep: 1_200_000, batch: 3_000_000 }

function longCase({ n, groupC, groupF, kernel, more, stride, pad, groups, seed }: LongShape): Case {
  const x = toSharpen([n, groupC * groups, kernel + more[0], kernel + more[1]], seed)
  const w = toSharpen([groupF * groups, groupC, kernel, kernel], seed)
  const attrs: Attrs = { stride: [stride, stride], pad: [pad, pad, pad, pad], dilation: [1, 1], groups }
  const d = conv2d.dims(x.shape, w.shape, undefined, attrs)
  const dy = toSharpen([d.n, d.outC, d.outH, d.outW], seed)
  return { layer: 'conv2d', attrs: { ...attrs }, inputs: { x, w, b: toSharpen([d.outC], seed) }, dy }
}

/** y and dx sum over a thousand taps and more, of few pixels. */
const deep = fc
  .record({
    n: fc.constantFrom(1, 2),
    taps: pairs(fc.constantFrom(1000, 1024, 1100, 1600, 2600)),
    kernel: fc.constantFrom(1, 3, 3, 5, 7),
    more: pairs(fc.nat(2)),
    pad: fc.nat(1),
    groups: fc.constantFrom(1, 1, 2),
    seed: seeds,
  })
  .map(({ taps, kernel, pad, ...rest }) => {
    const [groupC, groupF] = taps.map((count) => Math.ceil(count / kernel ** 2))
    return { ...rest, groupC, groupF, kernel, stride: 1, pad: Math.min(pad, (kernel - 1) / 2) }
  })
  .filter(({ n, groupC, groupF, kernel, more, pad, groups }) => {
    const pixels = (more[0] + 2 * pad + 1) * (more[1] + 2 * pad + 1)
    return n * groups * groupC * groupF * kernel ** 2 * pixels <= mostProducts.deep
  })
  .map(longCase)

/** dw and db sum over up to 102,400 pixels, of few channels. */
const batch = fc
  .record({
    n: fc.constantFrom(8, 16, 50, 64, 100),
    groupC: fc.integer({ min: 1, max: 3 }),
    groupF: fc.integer({ min: 1, max: 4 }),
    kernel: fc.constantFrom(1, 2, 3, 3),
    more: pairs(fc.constantFrom(13, 15, 28, 29, 30, 31)),
    stride: fc.constantFrom(1, 1, 2),
    pad: fc.nat(1),
    groups: fc.constantFrom(1, 1, 2),
    seed: seeds,
  })
  .map((shape) => ({ ...shape, pad: Math.min(shape.pad, shape.kernel - 1) }))
  .filter(({ n, groupC, groupF, kernel, more, stride, groups }) => {
    const pixels = n * Math.ceil(more[0] / stride) * Math.ceil(more[1] / stride)
    return pixels >= 1000 && pixels * groups * groupC * groupF * kernel ** 2 <= mostProducts.batch
  })
  .map(longCase)

export const longCases = { deep, batch }

/** Of a case of a sandwich too, which has other attributes besides. */
export function convAttrs(c: Case): Attrs {
  // `convCases` and `longCase` are the only sources of these.
  const { stride, pad, dilation, groups } = c.attrs as Attrs
  return { stride, pad, dilation, groups }
}
