import type { Shape } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { alongEither, type Known, long, type Sweep, short, square, sweep } from '../core/sweep.js'
import type { WindowAttrs } from './window.js'

const sides = [0, 1, 2, 3].flatMap((side) =>
  [5, 8, 9, 17, 33].map((pad) => [0, 1, 2, 3].map((at) => (at === side ? pad : 0)) as unknown as WindowAttrs['pad']),
)

/** The sizes that pooling layers have in common. */
export function windowSweeps(
  caseOf: (random: Random, shape: Shape, attrs: WindowAttrs) => Case,
  known?: Known,
): readonly Sweep[] {
  const attrs: WindowAttrs = { kernel: [2, 2], stride: [1, 1], pad: [0, 0, 0, 0] }
  const sweepOf = <T>(name: string, items: readonly T[], make: (item: T) => [Shape, Partial<WindowAttrs>?]) =>
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
    sweepOf('batch', long, (n) => [[n, 1, 3, 2]]),
    sweepOf('channels', long, (channels) => [[1, channels, 3, 2]]),
    sweepOf('image', [...alongEither(long, 2), [square, square] as const], ([height, width]) => [
      [1, 1, height, width],
    ]),
    sweepOf('kernel', alongEither(short, 1), (kernel) => [[1, 2, kernel[0] + 1, kernel[1] + 1], { kernel }]),
    sweepOf('stride', alongEither(short, 1), (stride) => [[1, 2, stride[0] + 3, stride[1] + 3], { stride }]),
    sweepOf('pad', sides, (pad) => {
      const kernel = [Math.max(pad[0], pad[2]) + 1, Math.max(pad[1], pad[3]) + 1] as const
      return [[1, 2, 3, 2], { pad, kernel }]
    }),
  ]
}
