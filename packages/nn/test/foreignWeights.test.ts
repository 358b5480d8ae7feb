import { ConfigError, DataError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import {
  decodeWeights,
  encodeModel,
  type HostTensor,
  layers,
  type Model,
  pytorchNames,
  readSafetensors,
  Sequential,
  writeSafetensors,
} from '../src/index.js'

const build = (seed: number, dtype: 'float32' | 'float64' = 'float32') =>
  new Sequential(createNaive(), {
    input: [2, 4, 4],
    layers: [
      layers.standardise({ mean: [1, 2] }),
      layers.convBnRelu({ filters: 3, kernel: 3, pad: 'same', bias: true }),
      layers.layerNorm(),
      layers.residual([layers.affineRelu({ units: 48 }), layers.affine({ units: 48 })], {
        shortcut: [layers.affine({ units: 48, bias: false })],
      }),
      layers.affine({ units: 5 }),
    ],
    seed,
    dtype,
  })

const modules = {
  standardise1: null,
  convBnRelu1: ['stem.conv', 'stem.bn'],
  layerNorm1: 'ln',
  'residual1.affineRelu1': 'mlp.0',
  'residual1.affine1': 'mlp.2',
  'residual1.shortcut.affine1': 'skip',
  affine1: 'fc',
} as const

const tensorsOf = async (model: Model) => readSafetensors(await encodeModel(model)).tensors

/** A matrix's columns as rows, written out. */
function turned({ dtype, shape, data }: HostTensor): HostTensor {
  const [rows, columns] = shape
  return { dtype, shape: [columns, rows], data: data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]) }
}

/** `model` as PyTorch's state_dict would be, by names written out here. */
async function stateDict(model: Model): Promise<Map<string, HostTensor>> {
  const own = await tensorsOf(model)
  const of = (name: string): HostTensor => own.get(name) ?? { dtype: 'float32', shape: [0], data: new Float32Array() }
  return new Map([
    ['stem.conv.weight', of('convBnRelu1.w')],
    ['stem.conv.bias', of('convBnRelu1.b')],
    ['stem.bn.weight', of('convBnRelu1.gamma')],
    ['stem.bn.bias', of('convBnRelu1.beta')],
    ['stem.bn.running_mean', of('convBnRelu1.runningMean')],
    ['stem.bn.running_var', of('convBnRelu1.runningVar')],
    ['stem.bn.num_batches_tracked', { dtype: 'int32', shape: [], data: Int32Array.of(7) }],
    ['ln.weight', of('layerNorm1.gamma')],
    ['ln.bias', of('layerNorm1.beta')],
    ['mlp.0.weight', turned(of('residual1.affineRelu1.w'))],
    ['mlp.0.bias', of('residual1.affineRelu1.b')],
    ['mlp.2.weight', turned(of('residual1.affine1.w'))],
    ['mlp.2.bias', of('residual1.affine1.b')],
    ['skip.weight', turned(of('residual1.shortcut.affine1.w'))],
    ['fc.weight', turned(of('affine1.w'))],
    ['fc.bias', of('affine1.b')],
  ])
}

test('a model is filled from a state_dict by the names of its layers', async () => {
  using from = build(1)
  using to = build(2)
  using wide = build(3, 'float64')
  // Every tensor its own values, so that none can stand for another.
  for (const [i, { tensor }] of [...from.params, ...from.buffers.slice(2)].entries())
    tensor.backend.write(
      tensor.storage,
      Float32Array.from({ length: tensor.size }, (_, j) => Math.sin(100 * i + j)),
    )
  const bytes = writeSafetensors(await stateDict(from))
  for (const model of [to, wide]) {
    decodeWeights(bytes, model, pytorchNames(model, modules))
    for (const [name, { data }] of await tensorsOf(from))
      expect([...((await tensorsOf(model)).get(name)?.data ?? [])], name).toEqual([...data])
  }
})

test('axes may come in any order', async () => {
  using model = new Sequential(createNaive(), {
    input: [3, 2, 2],
    layers: [layers.conv2d({ filters: 5, kernel: [1, 2], bias: false }), layers.affine({ units: 2, bias: false })],
  })
  // Height, width, channels, filters, as Keras has them.
  const [height, width, channels, filters] = [1, 2, 3, 5]
  const at = (h: number, w: number, c: number, f: number) => 1000 * h + 100 * w + 10 * c + f
  const kernel: number[] = []
  for (let h = 0; h < height; h++)
    for (let w = 0; w < width; w++)
      for (let c = 0; c < channels; c++) for (let f = 0; f < filters; f++) kernel.push(at(h, w, c, f))
  const shape = [height, width, channels, filters]
  const bytes = writeSafetensors(new Map([['kernel', { shape, data: Float64Array.from(kernel) }]]))
  decodeWeights(bytes, model, { 'conv2d1.w': { name: 'kernel', axes: [3, 2, 0, 1] }, 'affine1.w': null })
  const w = await model.params[0]?.tensor.read()
  const expected: number[] = []
  for (let f = 0; f < filters; f++)
    for (let c = 0; c < channels; c++)
      for (let h = 0; h < height; h++) for (let x = 0; x < width; x++) expected.push(at(h, x, c, f))
  expect([...(w ?? [])]).toEqual(expected)
})

test('what a file lacks, has in another shape or has beside is told in one line, and nothing is written', async () => {
  using model = build(1)
  using other = build(2)
  const dict = await stateDict(other)
  dict.delete('stem.bn.bias')
  dict.set('stem.bn.weight', { dtype: 'int32', shape: [3], data: new Int32Array(3) })
  dict.set('fc.weight', { dtype: 'float32', shape: [48, 5], data: new Float32Array(240) })
  dict.set('aux.weight', { dtype: 'float32', shape: [1], data: new Float32Array(1) })
  const before = await tensorsOf(model)
  const load = () => decodeWeights(writeSafetensors(dict), model, pytorchNames(model, modules))
  expect(load).toThrow(DataError)
  expect(load).toThrow(
    'weights: the file does not fit the model: it has no stem.bn.weight for convBnRelu1.gamma: it holds whole numbers, ' +
      'stem.bn.bias for convBnRelu1.beta; it has fc.weight [48,5] for affine1.w, which wants [5,48]; ' +
      'neither the map nor `ignore` names its aux.weight',
  )
  expect(await tensorsOf(model)).toEqual(before)
})

test('a layer may keep its weights, and the file what it has for it', async () => {
  using model = build(1)
  using other = build(2)
  const bytes = writeSafetensors(await stateDict(other))
  const before = (await tensorsOf(model)).get('affine1.w')
  const map = pytorchNames(model, { ...modules, affine1: null })
  expect(() => decodeWeights(bytes, model, map)).toThrow(/names its fc\.bias, fc\.weight$/)
  decodeWeights(bytes, model, map, { ignore: ['fc.*'] })
  const after = await tensorsOf(model)
  expect(after.get('affine1.w')).toEqual(before)
  expect(after.get('convBnRelu1.w')).toEqual((await tensorsOf(other)).get('convBnRelu1.w'))
})

test('a map that is wrong for the model is refused', () => {
  using model = build(1)
  const bytes = writeSafetensors(new Map())
  const all = pytorchNames(model, modules)
  const { 'affine1.b': _, ...less } = all
  const refused: [Parameters<typeof decodeWeights>[2], RegExp][] = [
    [less, /does not say where affine1\.b stand in the file/],
    [{ ...all, 'afine1.w': 'x' }, /the model has no afine1\.w; did you mean affine1\.w\?/],
    [{ ...all, 'affine1.w': { name: 'x', axes: [1, 1] } }, /axes of affine1\.w must be each of 0, 1 once, got 1, 1/],
  ]
  for (const [map, message] of refused) {
    expect(() => decodeWeights(bytes, model, map)).toThrow(ConfigError)
    expect(() => decodeWeights(bytes, model, map)).toThrow(message)
  }
  expect(() => pytorchNames(model, { relu1: 'act' })).toThrow(/no layer with weights is named relu1/)
})

test('a pickle of PyTorch is told from a damaged file', () => {
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0)
  expect(() => readSafetensors(zip)).toThrow(/zip archive, such as torch\.save writes; save it with save_file/)
})
