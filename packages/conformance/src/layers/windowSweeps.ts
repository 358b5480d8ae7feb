import type { Shape } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { combinations } from '../core/combinations.js'
import { alongEither, type Known, type Sweep, short, sides, square, sweep, vast } from '../core/sweep.js'
import type { WindowAttrs } from './window.js'

type NetworkPool = readonly [kernel: number, stride: number, pad: WindowAttrs['pad'], height: number, width: number]

const around = (pad: number): WindowAttrs['pad'] => [pad, pad, pad, pad]

const pools: readonly (readonly [kernel: number, stride: number, pad: WindowAttrs['pad']])[] = [
  // VGG; AlexNet; Inception, inside its blocks and between them; ResNet; its average before a pointwise convolution.
  [2, 2, around(0)],
  [3, 2, around(0)],
  [3, 1, around(1)],
  [3, 2, around(1)],
  [2, 2, [0, 0, 1, 1]],
  // What TensorFlow's padding `same` comes to; one pixel of each window.
  [3, 2, [0, 0, 1, 1]],
  [3, 1, around(0)],
  [2, 1, [0, 0, 1, 1]],
  [1, 2, around(0)],
  // Pyramids of YOLO (He et al. 2015); stems; the average of all there is.
  [5, 1, around(2)],
  [9, 1, around(4)],
  [13, 1, around(6)],
  [5, 3, around(0)],
  [7, 7, around(0)],
  [8, 8, around(0)],
]

/** The windows of known networks on images of an odd and an even side: random ones seldom are any of these. */
const networkPools = pools.flatMap(([kernel, stride, pad]) =>
  [kernel, kernel + 1, kernel + 4].flatMap((side): NetworkPool[] => [
    [kernel, stride, pad, side, side],
    [kernel, stride, pad, side, side + 1],
  ]),
)

/** Every three at once of what kernels make cases of. */
const poolFactors = {
  kernel: [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 3],
    [2, 1],
    [4, 5],
  ],
  stride: [
    [1, 1],
    [2, 2],
    [1, 2],
    [3, 1],
    [3, 3],
  ],
  pad: ['none', 'half', 'behind', 'before', 'most'],
  more: [
    [0, 0],
    [1, 0],
    [0, 1],
    [2, 3],
    [5, 4],
  ],
  channels: [1, 3, 4, 5],
  n: [1, 2],
} as const

function poolCombinations(): (readonly [Shape, Partial<WindowAttrs>])[] {
  return combinations(Object.values(poolFactors).map(({ length }) => length)).map(([k, s, p, m, c, n]) => {
    const [kernel, more] = [poolFactors.kernel[k], poolFactors.more[m]]
    // A window may not lie on padding alone.
    const most = kernel.map((size) => size - 1)
    const [low, half] = [
      most.map((size) => Math.min(size, 1)),
      kernel.map((size) => Math.min(size - 1, Math.floor(size / 2))),
    ]
    const pads: { readonly [P in (typeof poolFactors.pad)[number]]: WindowAttrs['pad'] } = {
      none: around(0),
      half: [half[0], half[1], half[0], half[1]],
      behind: [0, 0, low[0], low[1]],
      before: [low[0], low[1], 0, 0],
      most: [most[0], most[1], most[0], most[1]],
    }
    const shape = [poolFactors.n[n], poolFactors.channels[c], kernel[0] + more[0], kernel[1] + more[1]]
    return [shape, { kernel, stride: poolFactors.stride[s], pad: pads[poolFactors.pad[p]] }]
  })
}

/** The sizes that pooling layers have in common. */
export function windowSweeps(
  caseOf: (random: Random, shape: Shape, attrs: WindowAttrs) => Case,
  known?: Known,
): readonly Sweep[] {
  const attrs: WindowAttrs = { kernel: [2, 2], stride: [1, 1], pad: [0, 0, 0, 0] }
  const sweepOf = <T>(
    name: string,
    items: readonly T[] | (() => readonly T[]),
    make: (item: T) => readonly [Shape, Partial<WindowAttrs>?],
  ) =>
    sweep(
      name,
      items,
      (item, random) => {
        const [shape, own] = make(item)
        return caseOf(random, shape, { ...attrs, ...own })
      },
      known,
    )
  return [
    sweepOf('batch', vast, (n) => [[n, 1, 3, 2]]),
    sweepOf('channels', vast, (channels) => [[1, channels, 3, 2]]),
    sweepOf('image', [[square, square] as const, ...alongEither(vast, 2)], ([height, width]) => [
      [1, 1, height, width],
    ]),
    sweepOf('kernel', alongEither(short, 1), (kernel) => [[2, 2, kernel[0] + 1, kernel[1] + 1], { kernel }]),
    sweepOf('stride', alongEither(short, 1), (stride) => [[2, 2, stride[0] + 3, stride[1] + 3], { stride }]),
    sweepOf('combinations', poolCombinations, (own) => own),
    sweepOf('networks', networkPools, ([kernel, stride, pad, ...image]) => [
      [2, 3, ...image],
      { kernel: [kernel, kernel], stride: [stride, stride], pad },
    ]),
    sweepOf('pad', sides, (pad) => {
      const kernel = [Math.max(pad[0], pad[2]) + 1, Math.max(pad[1], pad[3]) + 1] as const
      return [[1, 2, 3, 2], { pad, kernel }]
    }),
  ]
}
