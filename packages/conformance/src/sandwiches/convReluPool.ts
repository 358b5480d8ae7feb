import { convReluPool } from '@convkit/api'
import { tensorOf } from '../core/inputs.js'
import type { LayerSpec } from '../core/spec.js'
import { conv2dSpec, optionalBias } from '../layers/conv2d.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { sandwichBounds } from './bounds.js'
import { composition } from './chain.js'
import { convReluSpec, convReluStages } from './convRelu.js'
import { sharpenedAs } from './exact.js'
import { pooled, pooledSweeps, poolOf, poolStage } from './pooled.js'

const stages = [...convReluStages, poolStage]

/** conv2d - relu - maxPool2d, on values whose arithmetic is exact. */
export const convReluPoolSpec: LayerSpec = {
  ...convReluSpec,
  layer: 'convReluPool',
  cases: pooled('convReluPool', convReluSpec.cases),
  large: pooled('convReluPool', convReluSpec.large),
  ...sharpenedAs('convReluPool', { ...conv2dSpec, long: {} }),

  call(scope, inputs, c, dy, want) {
    const operands = { x: tensorOf(inputs, 'x'), w: tensorOf(inputs, 'w'), b: optionalBias(inputs) }
    const { y, saved } = convReluPool.forward(scope, operands, convAttrs(c), poolOf(c))
    return dy ? { y, ...convReluPool.backward(scope, dy, saved, want) } : { y }
  },

  kin: ({ dy: _, ...c }) => [
    { spec: convReluSpec, case: { ...c, layer: 'convRelu' } },
    { spec: conv2dSpec, case: { ...c, layer: 'conv2d' } },
  ],

  bounds: (c, exact, _magnitudes, unit) => sandwichBounds(stages, c, exact, unit),
  laws: [composition(stages)],
  sweeps: pooledSweeps('convReluPool', conv2dSpec.sweeps),
}
