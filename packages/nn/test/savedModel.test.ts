import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, DataError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import {
  encodeCheckpoint,
  encodeModel,
  type LossSpec,
  layers,
  losses,
  type Model,
  parseLayers,
  readModel,
  readSafetensors,
  Sequential,
  Solver,
  ThreeLayerConvNet,
  type ValueLoss,
  writeSafetensors,
} from '../src/index.js'
import { openModel, saveModel } from '../src/node/index.js'
import { small } from './solver/fixture.js'

const shape = [2, 4, 4]
const meanImage = { dtype: 'float32', shape, data: new Float32Array(32) } as const
const classNames = ['dark', 'light']
const stack = [
  layers.standardise({ mean: [1, 2], deviation: 3 }),
  layers.residual([layers.convBnRelu({ filters: 2, kernel: 3, pad: 'same', init: 'dirac', frozen: true })]),
  layers.affine({ units: 2 }),
]
const build = (seed = 1) => new Sequential(createNaive(), { input: shape, layers: stack, seed })

async function valuesOf({ params, buffers }: Model): Promise<unknown> {
  return Promise.all([...params, ...buffers].map(async ({ name, tensor }) => [name, await tensor.read()]))
}

test('a file describes its model: layers, values and what pictures need', async () => {
  using model = build()
  const bytes = await encodeModel(model, { classNames })
  const read = await readModel(bytes, createNaive())
  using again = read.model
  expect(await valuesOf(again)).toEqual(await valuesOf(model))
  expect(again.numClasses).toBe(2)
  const { layersText, lossDescription } = model
  expect(read.card).toEqual({ classNames, layers: layersText, input: shape, loss: lossDescription })
  expect(read.unneeded).toEqual([])
  // As text it is the same layers.
  expect(parseLayers(read.card.layers ?? '', 2).map(({ kind }) => kind)).toEqual(stack.map(({ kind }) => kind))
})

test('a file says the loss of its layers, and what it is of', async () => {
  const cases = [
    ['meanSquaredError', layers.conv2d({ filters: 2, kernel: 1 }), 'images'],
    [losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }), layers.affine({ units: 2 }), undefined],
    [losses.softmaxCrossEntropy({ classWeights: [1, 0.5] }), layers.affine({ units: 2 }), undefined],
    ['svmLoss', layers.affine({ units: 2 }), undefined],
  ] as const
  for (const [loss, layer, targets] of cases) {
    using model = new Sequential(createNaive(), { input: shape, layers: [layer], loss })
    const card = { meanImage, ...(targets && { targets }) }
    const read = await readModel(await encodeModel(model, card), createNaive())
    using again = read.model
    expect(again.hyperparameters).toEqual(model.hyperparameters)
    expect(again.targetShape).toEqual(model.targetShape)
    expect(read.card).toMatchObject({ loss: model.lossDescription, ...(targets && { targets }) })
  }
  const own: ValueLoss = { ...losses.meanSquaredError(), name: 'mine' }
  using model = new Sequential(createNaive(), { input: [2], layers: [layers.affine({ units: 2 })], loss: own })
  await expect(readModel(await encodeModel(model), createNaive())).rejects.toThrow(/which is no ThreeLayerConvNet/)
})

test('a loss of one’s own has no description, even by a name of the library’s', () => {
  const described = (loss: LossSpec) => {
    using model = new Sequential(createNaive(), { input: [2], layers: [layers.affine({ units: 2 })], loss })
    return model.lossDescription
  }
  const known = losses.meanSquaredError()
  const wrapped: ValueLoss['forward'] = (...args) => known.forward(...args)
  expect(described(known)).toEqual({ name: 'meanSquaredError', hyperparameters: {} })
  expect(described({ ...known, name: 'mine' })).toBeNull()
  expect(described({ ...known, hyperparameters: { delta: 1 } })).toBeNull()
  expect(described({ ...losses.softmaxCrossEntropy(), hyperparameters: { delta: 1 } })).toBeNull()
  expect(described({ ...known, forward: wrapped })).toBeNull()
})

test.each([
  ['text', 'loss is text; wanted { name, hyperparameters } as JSON'],
  ['{"name":"meanSquaredError"}', 'wanted { name, hyperparameters }'],
  ['{"name":"svmLoss","hyperparameters":{"a":[1]}}', 'wanted { name, hyperparameters }'],
  ['{"name":"huber","hyperparameters":{"delta":1}}', 'its layers: huber({"delta":1}) is no loss of this library'],
  ['{"name":"svmLoss","hyperparameters":{"delta":1}}', 'its layers: svmLoss({"delta":1}) is no loss of this library'],
  ['{"name":"softmaxCrossEntropy","hyperparameters":{"labelSmoothing":2}}', 'labelSmoothing must be in [0, 1), got 2'],
])('a loss in a file is held to what there is: %s', async (loss, message) => {
  using model = build()
  const values = await Promise.all(
    [...model.params, ...model.buffers].map(async ({ name, tensor }) => {
      return [name, { shape: tensor.shape, data: await tensor.read() }] as const
    }),
  )
  const tensors = new Map([...values, ['card.meanImage', meanImage]])
  const metadata = { classNames: '["a","b"]', layers: model.layersText ?? '', 'card.loss': loss }
  const read = readModel(writeSafetensors(tensors, metadata), createNaive())
  await expect(read).rejects.toThrow(DataError)
  await expect(read).rejects.toThrow(message)
})

test('a card that no reader would take is not written', async () => {
  using model = build()
  for (const card of [{ targets: 'labels' }, { loss: { name: 'svmLoss' } }, { lost: 1 }])
    await expect(encodeModel(model, card as object)).rejects.toThrow(/model card/)
})

test('a ThreeLayerConvNet needs no layers, and without a mean image the size of its images', async () => {
  using model = new ThreeLayerConvNet(createNaive(), {
    inputDim: [2, 8, 8],
    numFilters: 3,
    filterSize: 3,
    hiddenDim: 5,
  })
  const bytes = await encodeModel(model)
  const { model: again } = await readModel(bytes, createNaive(), { imageSize: 8 })
  expect(await valuesOf(again)).toEqual(await valuesOf(model))
  await expect(readModel(bytes, createNaive())).rejects.toThrow(ConfigError)
})

test('of a checkpoint the best model is taken', async () => {
  using model = build()
  using solver = new Solver(model, small, { epochs: 2 })
  await solver.run()
  const state = await solver.state()
  const bytes = await encodeCheckpoint(state, { meanImage, layers: model.layersText ?? '' })
  const { model: again } = await readModel(bytes, createNaive())
  const best = state.best?.model
  expect(await valuesOf(again)).toEqual([...(best ?? [])].map(([name, { data }]) => [name, data]))
})

test('a file is read from its path, and what is wrong names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convkit-'))
  try {
    using model = build()
    const path = join(folder, 'model.safetensors')
    await saveModel(path, model, { meanImage })
    const { model: again } = await openModel(path, createNaive())
    expect(await valuesOf(again)).toEqual(await valuesOf(model))
    const bare = join(folder, 'bare.safetensors')
    await writeFile(bare, writeSafetensors(readSafetensors(await encodeModel(model)).tensors))
    const refused = openModel(bare, createNaive())
    await expect(refused).rejects.toThrow(DataError)
    await expect(refused).rejects.toThrow(/bare\.safetensors: holds .*, which is no ThreeLayerConvNet/)
    const { model: own, unneeded } = await openModel(bare, createNaive(), { create: () => build(9) })
    expect(await valuesOf(own)).toEqual(await valuesOf(model))
    expect(unneeded).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each(['[0]', '[-1,2]', '[1e9,1e9]', '[]', '"x"', '[1', 'null'])('an input of %s is refused', async (input) => {
  const bytes = writeSafetensors(new Map(), { layers: 'relu()', input })
  await expect(readModel(bytes, createNaive())).rejects.toThrow(`model file: input is ${input}; wanted a shape as JSON`)
})
