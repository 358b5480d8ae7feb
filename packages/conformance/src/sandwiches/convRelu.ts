import { convRelu } from '@convkit/api'
import { tensorOf } from '../core/inputs.js'
import type { LayerSpec } from '../core/spec.js'
import { renamed } from '../core/sweep.js'
import { conv2dSpec, optionalBias } from '../layers/conv2d.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { reluSpec } from '../layers/relu.js'
import { sandwichBounds } from './bounds.js'
import { composition, type Stage } from './chain.js'
import { exactCase, sharpenedAs } from './exact.js'

export const convReluStages: readonly Stage[] = [
  { spec: conv2dSpec, attrs: (c) => convAttrs(c), takes: ['w', 'b'] },
  { spec: reluSpec, attrs: () => ({}), takes: [] },
]

/** conv2d - relu, on values whose arithmetic is exact. */
export const convReluSpec: LayerSpec = {
  layer: 'convRelu',
  cases: conv2dSpec.cases.map((c) => exactCase('convRelu', c)),
  large: conv2dSpec.large.map((c) => exactCase('convRelu', c)),
  ...sharpenedAs('convRelu', conv2dSpec),

  call(scope, inputs, c, dy, want) {
    const operands = { x: tensorOf(inputs, 'x'), w: tensorOf(inputs, 'w'), b: optionalBias(inputs) }
    const { y, saved } = convRelu.forward(scope, operands, convAttrs(c))
    return dy ? { y, ...convRelu.backward(scope, dy, saved, want) } : { y }
  },

  bounds: (c, exact, _absolute, unit) => sandwichBounds(convReluStages, c, exact, unit),
  gradients: conv2dSpec.gradients,
  kin: (c) => [{ spec: conv2dSpec, case: { ...c, layer: 'conv2d' } }],
  kinked: true,
  // relu hands an infinity or NaN of x on to conv2d's dy, where only one without padding has a definite way.
  special: (c) => (conv2dSpec.special?.(c).includes('dy') ? ['x'] : []),
  laws: [composition(convReluStages)],
  sweeps: renamed(
    'convRelu',
    conv2dSpec.sweeps?.filter(({ name }) => name !== 'networks'),
  ),
}
