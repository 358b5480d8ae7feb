import { combinations } from '../core/combinations.js'

type Pair = readonly [number, number]
type Sides = readonly [number, number, number, number]

const pairs = (...all: Pair[]): readonly Pair[] => all

/** What kernels make cases of, each with the levels at which they do. */
const factors = {
  kernel: pairs([1, 1], [1, 3], [3, 1], [2, 2], [3, 3], [5, 5], [4, 2]),
  stride: pairs([1, 1], [2, 2], [1, 2], [2, 1], [3, 3]),
  dilation: pairs([1, 1], [2, 2], [1, 3], [3, 1]),
  pad: ['none', 'around', 'same', 'before', 'lopsided', 'wide'] as const,
  grouping: ['dense', 'grouped', 'depthwise', 'multiplied'] as const,
  channels: [1, 3, 4, 8] as const,
  /** What the image has beside the window's reach, before padding. */
  more: pairs([0, 0], [1, 0], [0, 1], [2, 3], [5, 4], [6, 6]),
  n: [1, 2, 4] as const,
  bias: [false, true] as const,
}

export interface ConvCombination {
  readonly n: number
  readonly groups: number
  readonly groupC: number
  readonly groupF: number
  readonly image: Pair
  readonly kernel: Pair
  readonly bias: boolean
  readonly attrs: { readonly stride: Pair; readonly dilation: Pair; readonly pad: Sides }
}

const all: readonly (readonly unknown[])[] = Object.values(factors)

/** Every three of these conditions at once. */
export function convCombinations(): readonly ConvCombination[] {
  return combinations(all.map((levels) => levels.length)).map((row) => {
    const level = <T>(levels: readonly T[]): T => levels[row[all.indexOf(levels)]]
    const [kernel, dilation, more, channels] = [
      level(factors.kernel),
      level(factors.dilation),
      level(factors.more),
      level(factors.channels),
    ]
    const reach = kernel.map((size, axis) => dilation[axis] * (size - 1) + 1)
    const image: Pair = [reach[0] + more[0], reach[1] + more[1]]
    const stride = level(factors.stride)
    const [half, most] = [reach.map((size) => Math.floor(size / 2)), reach.map((size) => size - 1)]
    const pads: { readonly [P in (typeof factors.pad)[number]]: Sides } = {
      none: [0, 0, 0, 0],
      around: [half[0], half[1], half[0], half[1]],
      same: sidesOf(image, reach, stride),
      before: [1, 1, 0, 0],
      lopsided: [most[0], 0, 1, most[1]],
      wide: [reach[0], reach[1], reach[0], reach[1]],
    }
    const groupings: {
      readonly [G in (typeof factors.grouping)[number]]: readonly [groups: number, C: number, F: number]
    } = {
      dense: [1, channels, channels === 3 ? 5 : channels],
      grouped: [2, channels, 2],
      depthwise: [channels, 1, 1],
      multiplied: [channels, 1, 2],
    }
    const [groups, groupC, groupF] = groupings[level(factors.grouping)]
    return {
      ...{ n: level(factors.n), groups, groupC, groupF, kernel, bias: level(factors.bias) },
      image,
      attrs: { stride, dilation, pad: pads[level(factors.pad)] },
    }
  })
}

/** What `same` comes to in TensorFlow and ONNX: as many outputs as strides in the image, more padding behind than before. */
function sidesOf(image: Pair, reach: readonly number[], stride: Pair): Sides {
  const [height, width] = image.map((size, axis) =>
    Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + reach[axis] - size),
  )
  const before = [height, width].map((total) => Math.floor(total / 2))
  return [before[0], before[1], height - before[0], width - before[1]]
}
