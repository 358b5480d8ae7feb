import type { BatchNormOptions, Shape } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { changed } from '../core/inputs.js'
import { longer, type Sweep, square, sweep } from '../core/sweep.js'
import { absolute, values } from '../core/values.js'
import { sparseNorm } from './normInputs.js'

const inModes = [
  ...[65, 257, 1024, 1025, 4097].map((size) => [size, 'test'] as const),
  ...longer.map((size) => [size, 'train'] as const),
]

type Item = readonly [size: number, mode: BatchNormOptions['mode']]

function sweepOf(name: string, shapeOf: (size: number) => Shape, more: readonly Item[] = []): Sweep {
  return sweep(name, [...more, ...inModes], ([size, mode], random) => caseOf(shapeOf(size), mode, random))
}

function caseOf(shape: Shape, mode: BatchNormOptions['mode'], random: Random): Case {
  const channels = [shape[1]]
  const c = sparseNorm('batchNorm', { mode, eps: 1e-3, momentum: 0.9 }, shape, channels, random)
  const [runningMean, runningVar] = [values(random, channels, 'normal'), absolute(values(random, channels, 'normal'))]
  return changed(c, { inputs: { runningMean, runningVar } })
}

/** Channels and rows are other loops where there are images. */
export const batchNormSweeps: readonly Sweep[] = [
  sweepOf('rows', (n) => [n, 2]),
  sweepOf('features', (channels) => [2, channels]),
  sweepOf('batch', (n) => [n, 2, 2, 1]),
  sweepOf('channels', (channels) => [2, channels, 1, 2]),
  sweepOf('pixels', (pixels) => [2, 1, pixels, 1], [[square ** 2, 'train']]),
]
