import { convBnReluPool } from '@convkit/api'
import type { LayerSpec } from '../core/spec.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { composition } from './chain.js'
import { bnOf, convBnInputs, convBnReluSpec, convBnReluStages } from './convBnRelu.js'
import { pooled, poolOf, poolStage } from './pooled.js'

/** conv2d - batchNorm - relu - maxPool2d: held to its layers, bit for bit. */
export const convBnReluPoolSpec: LayerSpec = {
  ...convBnReluSpec,
  layer: 'convBnReluPool',
  cases: pooled('convBnReluPool', convBnReluSpec.cases),
  large: pooled('convBnReluPool', convBnReluSpec.large),

  call(scope, inputs, c, dy, want) {
    const operands = convBnInputs(inputs)
    const { y, saved } = convBnReluPool.forward(scope, operands, convAttrs(c), bnOf(c), poolOf(c))
    const { runningMean, runningVar } = operands
    return { y, runningMean, runningVar, ...(dy ? convBnReluPool.backward(scope, dy, saved, want) : {}) }
  },

  laws: [composition([...convBnReluStages, poolStage])],
}
