import { convReluPool } from '@convkit/api'
import { tensorOf } from '../core/inputs.js'
import type { LayerSpec } from '../core/spec.js'
import { conv2dSpec, optionalBias } from '../layers/conv2d.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { composition } from './chain.js'
import { convReluSpec, convReluStages } from './convRelu.js'
import { pooled, pooledSweeps, poolOf, poolStage } from './pooled.js'

/** conv2d - relu - maxPool2d, on values whose arithmetic is exact. */
export const convReluPoolSpec: LayerSpec = {
  ...convReluSpec,
  layer: 'convReluPool',
  cases: pooled('convReluPool', convReluSpec.cases),
  large: pooled('convReluPool', convReluSpec.large),

  call(scope, inputs, c, dy, want) {
    const operands = { x: tensorOf(inputs, 'x'), w: tensorOf(inputs, 'w'), b: optionalBias(inputs) }
    const { y, saved } = convReluPool.forward(scope, operands, convAttrs(c), poolOf(c))
    return dy ? { y, ...convReluPool.backward(scope, dy, saved, want) } : { y }
  },

  laws: [composition([...convReluStages, poolStage])],
  sweeps: pooledSweeps('convReluPool', conv2dSpec.sweeps),
}
