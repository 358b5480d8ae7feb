import { conv2d } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { alongEither, long, type Sweep, short, sides, square, sweep, vast, whole } from '../core/sweep.js'
import type { Attrs } from './conv2dCases.js'
import { convCombinations } from './convCombinations.js'
import { networkLayers } from './convNetworks.js'

interface Geometry {
  readonly n?: number
  readonly groups?: number
  readonly groupC?: number
  readonly groupF?: number
  readonly image?: readonly [number, number]
  readonly kernel?: readonly [number, number]
  readonly bias?: boolean
  readonly attrs?: Partial<Attrs>
}

function caseOf(
  { n = 1, groups = 1, groupC = 2, groupF = 2, image = [3, 2], kernel = [2, 2], bias = true, attrs: own }: Geometry,
  random: Random,
): Case {
  const attrs: Attrs = { stride: [1, 1], pad: [0, 0, 0, 0], dilation: [1, 1], groups, ...own }
  const x = whole(random, [n, groups * groupC, ...image])
  const w = whole(random, [groups * groupF, groupC, ...kernel])
  const b = whole(random, [groups * groupF])
  const d = conv2d.dims(x.shape, w.shape, b.shape, attrs)
  return {
    layer: 'conv2d',
    attrs: { ...attrs },
    inputs: { x, w, ...(bias && { b }) },
    dy: whole(random, [d.n, d.outC, d.outH, d.outW]),
  }
}

/** A size with kernels of 1 x 1 and of 3 x 3, for which there are other algorithms. */
const withKernels = [
  ...long.map((size) => ({ size, image: [2, 2], kernel: [3, 3], attrs: { pad: [1, 1, 1, 1] } }) as const),
  ...vast.map((size) => ({ size, image: [2, 1], kernel: [1, 1], attrs: {} }) as const),
]

/** One column or row, or two. */
const across = (random: Random) => 1 + random.integer(2)

export const conv2dSweeps: readonly Sweep[] = [
  sweep(
    'batch',
    [...vast.map((n) => ({ n })), ...vast.map((n) => ({ n, image: [2, 1], kernel: [1, 1] }) as const)],
    caseOf,
    'exact',
  ),
  sweep('channels', withKernels, ({ size, ...of }, random) => caseOf({ ...of, groupC: size }, random), 'exact'),
  sweep('filters', withKernels, ({ size, ...of }, random) => caseOf({ ...of, groupF: size }, random), 'exact'),
  sweep(
    'groups',
    withKernels,
    ({ size, ...of }, random) => caseOf({ ...of, groups: size, groupC: 1, groupF: across(random) }, random),
    'exact',
  ),
  sweep(
    'image',
    [[square, square] as const, ...alongEither(vast, 1)],
    ([height, width], random) => {
      const other = across(random)
      const image = [Math.max(height, other), Math.max(width, other)] as const
      return caseOf({ image, kernel: [height > 1 ? 3 : other, width > 1 ? 3 : other], groupC: 1, groupF: 1 }, random)
    },
    'exact',
  ),
  sweep(
    'kernel',
    alongEither(short, 1),
    ([height, width], random) => caseOf({ n: 2, kernel: [height, width], image: [height + 1, width + 1] }, random),
    'exact',
  ),
  sweep(
    'stride',
    alongEither(short, 1),
    (stride, random) => caseOf({ n: 2, image: [stride[0] + 3, stride[1] + 3], attrs: { stride } }, random),
    'exact',
  ),
  sweep(
    'dilation',
    alongEither(short, 1),
    (dilation, random) => caseOf({ n: 2, image: [dilation[0] + 2, dilation[1] + 2], attrs: { dilation } }, random),
    'exact',
  ),
  sweep('combinations', convCombinations, caseOf, 'exact'),
  sweep(
    'networks',
    networkLayers.flatMap((layer) => [1, 4].map((n) => ({ ...layer, n }))),
    ({ n, channels, filters, kernel, image, groups = 1, ...attrs }, random) => {
      const [groupC, groupF] = [channels / groups, filters / groups]
      // Odd and even images have other borders.
      const size = n === 4 ? ([image[0] + 1, image[1] + 1] as const) : image
      return caseOf({ n, groups, groupC, groupF, image: size, kernel, attrs }, random)
    },
    'exact',
  ),
  sweep('pad', sides, (pad, random) => caseOf({ attrs: { pad } }, random), 'exact'),
]
