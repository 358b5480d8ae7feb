import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { describe, expect, test } from 'vitest'
import { type LayerSpec, layers, type Mode, Sequential, ThreeLayerConvNet } from '../src/index.js'
import { gradientErrors } from './support/gradientErrors.js'
import { randomBatch, shake } from './support/randomBatch.js'

// Every element of every parameter counts. With these seeds no relu, window or hinge changes sides within h of any
// parameter, so central differences are good to about u * loss / h = 1e-11, and no gradient is so close to 0 that this
// shows; a relative error above 1e-6 is a wrong formula.
const tolerance = 1e-6

function seeded(train: boolean): () => Mode {
  return () => {
    const random = new Random(9)
    return { train, random: () => random.uniform() }
  }
}

test.each([0, 0.3])('ThreeLayerConvNet with reg %d has the gradient of its loss', async (reg) => {
  using model = new ThreeLayerConvNet(createNaive(), {
    inputDim: [2, 5, 6],
    numFilters: 3,
    filterSize: 3,
    hiddenDim: 7,
    numClasses: 4,
    weightScale: 0.5,
    dtype: 'float64',
    reg,
    seed: 1,
  })
  await shake(model, 4)
  const { X, y } = randomBatch(model, 3, 5)
  const errors = await gradientErrors(model, X, y)
  expect([...errors.keys()]).toEqual(['W1', 'b1', 'W2', 'b2', 'W3', 'b3'])
  for (const [name, error] of errors) expect(error, name).toBeLessThan(tolerance)
})

// Each is put between a convolution, whose gradient tests its dx, and an affine layer that gives scores.
const cases: readonly (readonly [what: string, layer: LayerSpec])[] = [
  [
    'conv2d, strided, padded on each side, dilated, in groups, without bias',
    layers.conv2d({
      filters: 2,
      kernel: [2, 3],
      stride: [2, 1],
      pad: [1, 0, 0, 2],
      dilation: [1, 2],
      groups: 2,
      bias: false,
    }),
  ],
  ['affine', layers.affine({ units: 4 })],
  ['relu', layers.relu()],
  ['maxPool2d, overlapping', layers.maxPool2d({ kernel: [3, 2], stride: 1, pad: 1 })],
  ['avgPool2d, overlapping', layers.avgPool2d({ kernel: 2, stride: 1, pad: [1, 0], countIncludePad: false })],
  ['scale', layers.scale({ factor: -1.5 })],
  ['globalAvgPool2d', layers.globalAvgPool2d()],
  ['upsampleNearest2d', layers.upsampleNearest2d({ factor: 3 })],
  ['batchNorm', layers.batchNorm({ eps: 1e-3 })],
  ['standardise', layers.standardise({ mean: [1, 0, -1, 0.5], deviation: [2, 1, 3, 0.5] })],
  ['layerNorm', layers.layerNorm()],
  ['groupNorm', layers.groupNorm({ groups: 2 })],
  ['dropout', layers.dropout({ p: 0.4 })],
  ['affineRelu', layers.affineRelu({ units: 6 })],
  ['convRelu', layers.convRelu({ filters: 3, kernel: 3, pad: 'same' })],
  ['convReluPool', layers.convReluPool({ filters: 3, kernel: 3, pad: 1, pool: { kernel: 2, stride: 1 } })],
  ['convBnRelu', layers.convBnRelu({ filters: 3, kernel: 2, bias: true })],
  ['a sequence', layers.sequence([layers.conv2d({ filters: 3, kernel: 1 }), layers.gelu()])],
  ['a residual whose body reads its output', layers.residual([layers.relu()])],
  [
    'a residual with a shortcut, in a residual',
    layers.residual([
      layers.residual([layers.conv2d({ filters: 3, kernel: 3, pad: 'same' }), layers.batchNorm()], {
        shortcut: [layers.conv2d({ filters: 3, kernel: 1 })],
      }),
      layers.conv2d({ filters: 4, kernel: 1 }),
    ]),
  ],
  [
    'branches, one of nothing, in branches',
    layers.branch([
      [layers.conv2d({ filters: 3, kernel: 1 }), layers.gelu()],
      [],
      [layers.branch([[layers.conv2d({ filters: 2, kernel: 3, pad: 'same' })], [layers.batchNorm()]])],
    ]),
  ],
  ['convBnReluPool', layers.convBnReluPool({ filters: 3, kernel: 3, pad: 'same', bn: { momentum: 0.5 } })],
]

describe.each([
  ['train', true],
  ['test', false],
] as const)('in %s mode, Sequential has the gradient of its loss with', (_, train) => {
  test.each(cases)('%s', async (_, layer) => {
    using model = new Sequential(createNaive(), {
      input: [2, 4, 3],
      layers: [layers.conv2d({ filters: 4, kernel: 1, bias: false }), layer, layers.affine({ units: 3 })],
      dtype: 'float64',
      reg: 0.1,
      seed: 3,
    })
    await shake(model, 4)
    const { X, y } = randomBatch(model, 3, 5)
    for (const [name, error] of await gradientErrors(model, X, y, { mode: seeded(train) }))
      expect(error, name).toBeLessThan(tolerance)
  })
})

test('batchNorm after affine, and the hinge loss, have the gradient of the loss', async () => {
  using model = new Sequential(createNaive(), {
    input: [5],
    layers: [layers.affine({ units: 4, bias: false }), layers.batchNorm(), layers.affine({ units: 3 })],
    loss: 'svmLoss',
    dtype: 'float64',
    seed: 1,
  })
  await shake(model, 2)
  const { X, y } = randomBatch(model, 4, 3)
  for (const [name, error] of await gradientErrors(model, X, y)) expect(error, name).toBeLessThan(tolerance)
})
