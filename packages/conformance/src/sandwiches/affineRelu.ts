import { affineRelu } from '@convkit/api'
import { tensorOf } from '../core/inputs.js'
import type { LayerSpec } from '../core/spec.js'
import { renamed } from '../core/sweep.js'
import { affineSpec } from '../layers/affine.js'
import { optionalBias } from '../layers/conv2d.js'
import { reluSpec } from '../layers/relu.js'
import { sandwichBounds } from './bounds.js'
import { composition, type Stage } from './chain.js'
import { exactCase, sharpenedAs } from './exact.js'

const stages: readonly Stage[] = [
  { spec: affineSpec, attrs: () => ({}), takes: ['w', 'b'] },
  { spec: reluSpec, attrs: () => ({}), takes: [] },
]

/** affine - relu, on values whose arithmetic is exact. */
export const affineReluSpec: LayerSpec = {
  layer: 'affineRelu',
  cases: affineSpec.cases.map((c) => exactCase('affineRelu', c)),
  large: affineSpec.large.map((c) => exactCase('affineRelu', c)),
  ...sharpenedAs('affineRelu', affineSpec),

  call(scope, inputs, _c, dy, want) {
    const operands = { x: tensorOf(inputs, 'x'), w: tensorOf(inputs, 'w'), b: optionalBias(inputs) }
    const { y, saved } = affineRelu.forward(scope, operands)
    return dy ? { y, ...affineRelu.backward(scope, dy, saved, want) } : { y }
  },

  bounds: (c, exact, _absolute, unit) => sandwichBounds(stages, c, exact, unit),
  gradients: affineSpec.gradients,
  kin: (c) => [{ spec: affineSpec, case: { ...c, layer: 'affine' } }],
  kinked: true,
  special: () => ['x'],
  laws: [composition(stages)],
  sweeps: renamed('affineRelu', affineSpec.sweeps),
}
