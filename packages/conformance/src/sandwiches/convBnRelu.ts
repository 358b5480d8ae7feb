import { type BatchNormOptions, type ConvBnReluInputs, convBnRelu } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import { inputOf, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { LayerSpec, Tensors } from '../core/spec.js'
import { absolute, values } from '../core/values.js'
import { batchNormSpec } from '../layers/batchNorm.js'
import { conv2dSpec, optionalBias } from '../layers/conv2d.js'
import { convAttrs } from '../layers/conv2dCases.js'
import { reluSpec } from '../layers/relu.js'
import { composition, type Stage } from './chain.js'

/** `normalized` is the only source of these attributes. */
export function bnOf(c: Case): BatchNormOptions {
  return c.attrs.batchNorm as BatchNormOptions
}

export function convBnInputs(inputs: Tensors): ConvBnReluInputs {
  const named = (name: string) => tensorOf(inputs, name)
  return {
    x: named('x'),
    w: named('w'),
    b: optionalBias(inputs),
    gamma: named('gamma'),
    beta: named('beta'),
    runningMean: named('runningMean'),
    runningVar: named('runningVar'),
  }
}

export const convBnReluStages: readonly Stage[] = [
  { spec: conv2dSpec, attrs: (c) => convAttrs(c), takes: ['w', 'b'] },
  { spec: batchNormSpec, attrs: (c) => ({ ...bnOf(c) }), takes: ['gamma', 'beta', 'runningMean', 'runningVar'] },
  { spec: reluSpec, attrs: () => ({}), takes: [] },
]

/** Convolution cases with batch norm behind them. */
function normalized(cases: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  return fc.tuple(cases, fc.constantFrom('train', 'test'), seeds).map(([c, mode, seed]) => {
    const random = new Random(seed)
    const perFilter = () => values(random, [inputOf(c, 'w').shape[0]], 'normal')
    const [gamma, beta, runningMean, runningVar] = [perFilter(), perFilter(), perFilter(), absolute(perFilter())]
    return {
      ...c,
      layer: 'convBnRelu',
      attrs: { ...c.attrs, batchNorm: { mode, eps: 1e-5, momentum: 0.9 } },
      inputs: { ...c.inputs, gamma, beta, runningMean, runningVar },
    }
  })
}

/** conv2d - batchNorm - relu: held to its layers, bit for bit, which are held to their bounds alone. */
export const convBnReluSpec: LayerSpec = {
  layer: 'convBnRelu',
  cases: normalized(conv2dSpec.cases),
  large: normalized(conv2dSpec.large),
  inPlace: ['runningMean', 'runningVar'],
  composed: true,

  call(scope, inputs, c, dy, want) {
    const operands = convBnInputs(inputs)
    const { y, saved } = convBnRelu.forward(scope, operands, convAttrs(c), bnOf(c))
    const { runningMean, runningVar } = operands
    return { y, runningMean, runningVar, ...(dy ? convBnRelu.backward(scope, dy, saved, want) : {}) }
  },

  kin: ({ dy: _, inputs: { x, w, b }, ...c }) => [
    { spec: conv2dSpec, case: { ...c, layer: 'conv2d', inputs: { x, w, ...(b && { b }) } } },
  ],

  bounds: () => ({}),
  gradients: { x: 'dx', w: 'dw', b: 'db', gamma: 'dgamma', beta: 'dbeta' },
  laws: [composition(convBnReluStages)],
}
