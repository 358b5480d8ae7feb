import { conv2d, type MaxPool2dOptions, maxPool2d } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import { pairs, seeds } from '../core/shapes.js'
import type { Sweep } from '../core/sweep.js'
import { values } from '../core/values.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { maxPool2dSpec } from '../layers/maxPool2d.js'
import type { Stage } from './chain.js'

/** A case of a sandwich that ends in a pool: the pool's options stand in `attrs.pool2d`. */
export function poolOf(c: Case): MaxPool2dOptions {
  // `pooled` is the only source of this attribute.
  return c.attrs.pool2d as MaxPool2dOptions
}

export const poolStage: Stage = { spec: maxPool2dSpec, attrs: (c) => ({ ...poolOf(c) }), takes: [] }

/** Convolution cases with a pool behind them, no larger than the image that it pools. */
export function pooled(layer: string, cases: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  const few = fc.integer({ min: 1, max: 3 })
  return fc
    .tuple(cases, pairs(few), pairs(few), seeds)
    .map(([c, kernel, stride, seed]) => withPool(layer, c, { kernel, stride }, new Random(seed)))
}

/** They change the convolution alone: its own sweeps and those of its sandwich without a pool see to them. */
const ofWindows = ['kernel', 'stride', 'dilation', 'pad', 'networks', 'combinations']

/** The sizes of a convolution with a pool behind it. */
export function pooledSweeps(layer: string, sweeps: readonly Sweep[] = []): Sweep[] {
  const pool = { kernel: [2, 2], stride: [1, 1] } as const
  return sweeps
    .filter(({ name }) => !ofWindows.includes(name))
    .map((own) => ({ ...own, at: (rank, random) => withPool(layer, own.at(rank, random), pool, random) }))
}

type Pair = readonly [number, number]

function withPool(
  layer: string,
  c: Case,
  { kernel, stride }: { readonly kernel: Pair; readonly stride: Pair },
  random: Random,
): Case {
  const d = conv2d.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, undefined, convAttrs(c))
  const fitting: Pair = [Math.min(kernel[0], d.outH), Math.min(kernel[1], d.outW)]
  const pool2d = { kernel: fitting, stride, pad: [0, 0, 0, 0] } as const
  const p = maxPool2d.dims([d.n, d.outC, d.outH, d.outW], pool2d)
  const dy = values(random, [p.n, p.channels, p.outH, p.outW], 'dyadic')
  return { ...c, layer, attrs: { ...c.attrs, pool2d }, dy }
}
