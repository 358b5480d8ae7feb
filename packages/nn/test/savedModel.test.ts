import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, DataError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import {
  encodeCheckpoint,
  encodeModel,
  layers,
  type Model,
  parseLayers,
  readModel,
  readSafetensors,
  Sequential,
  Solver,
  ThreeLayerConvNet,
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
  expect(read.card).toEqual({ classNames, layers: model.layersText, input: shape })
  expect(read.unneeded).toEqual([])
  // As text it is the same layers.
  expect(parseLayers(read.card.layers ?? '', 2).map(({ kind }) => kind)).toEqual(stack.map(({ kind }) => kind))
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
