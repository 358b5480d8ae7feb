import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, DataError } from '@convkit/api'
import { randomCrop } from '@convkit/data'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  decodeCheckpoint,
  decodeModel,
  encodeCheckpoint,
  encodeModel,
  type HostTensor,
  layers,
  type ModelCard,
  readModelCard,
  readSafetensors,
  Solver,
  type SolverOptions,
  type SolverState,
  writeSafetensors,
} from '../../src/index.js'
import { loadCheckpoint, loadModel, readSaved, saveCheckpoint, saveModel } from '../../src/node/index.js'
import { build, small as data, everySort, twoColours, valuesOf } from '../solver/fixture.js'
import { withHeader } from '../support/fuzz/mutate.js'
import { reseal } from '../support/fuzz/readers.js'

const options = { epochs: 2, batchSize: 5, optimizer: 'adam' } as const

function bytesOf(tensor: HostTensor | undefined): Uint8Array {
  return new Uint8Array(tensor?.data.buffer ?? new ArrayBuffer(0))
}

let folder: string
let state: SolverState
let bytes: Uint8Array

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convkit-'))
  using model = build()
  using solver = new Solver(model, data, options)
  for await (const event of solver.train()) if (event.iteration === 6) break
  state = await solver.state()
  bytes = await encodeCheckpoint(state)
})
afterAll(() => rm(folder, { recursive: true }))

describe('a checkpoint', () => {
  it('holds the whole state, in safetensors', async () => {
    expect(await decodeCheckpoint(bytes)).toEqual(state)
    expect(await encodeCheckpoint(await decodeCheckpoint(bytes))).toEqual(bytes)
    const { tensors } = readSafetensors(bytes)
    expect(tensors.get('model.conv2d1.w')?.shape).toEqual([3, 2, 3, 3])
    expect([...tensors.keys()]).toEqual(
      expect.arrayContaining(['optimizer.conv2d1.w.m', 'best.batchNorm1.runningMean']),
    )
  })

  it('with any one bit flipped is refused', async () => {
    const bit = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) })
    await fc.assert(
      fc.asyncProperty(bit, async ({ at, bit }) => {
        const damaged = bytes.slice()
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        await expect(decodeCheckpoint(damaged)).rejects.toThrow(DataError)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('with any one bit of its header flipped is refused', async () => {
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
    for (let at = 0; at < start; at++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
      await expect(decodeCheckpoint(damaged)).rejects.toThrow(DataError)
    }
  })

  it('cut off anywhere, or with something behind it, is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        await expect(decodeCheckpoint(bytes.subarray(0, length))).rejects.toThrow(DataError)
      }),
      { seed: 2, numRuns: 300 },
    )
    await expect(decodeCheckpoint(Uint8Array.of(...bytes, 0))).rejects.toThrow(DataError)
  })

  it('with a right digest over a wrong state is refused with the place named', async () => {
    const altered = (from: RegExp, to: string) =>
      reseal(withHeader(bytes, (text) => text.replace(/"state":"(?:[^"\\]|\\.)*"/, (state) => state.replace(from, to))))
    const cases: readonly [RegExp, string, string][] = [
      [/"state":".*"/, '"state":"null"', 'its state is not an object'],
      [/"state":".*"/, '"state":"{"', 'its state is not JSON'],
      [/\\"iteration\\":6/, '\\"iteration\\":-6', 'its state.iteration is not a whole number of at least 0'],
      [
        /\\"iteration\\":6,\\"batches/,
        '\\"iteration\\":0,\\"batches',
        'its state.epochs[0].iteration is not at most 0',
      ],
      [/\\"noise\\":\[[^\]]*\]/, '\\"noise\\":[0,0,0,0]', 'its state.noise is not four integers of 32 bits, not all 0'],
      [/\\"sample\\":\[/, '\\"sample\\":[1,', 'its state.sample is not four integers of 32 bits, not all 0'],
      [/\\"epochs\\":\[/, '\\"epochs\\":[7,', 'its state.epochs[0] is not an object'],
      [/\\"epochs\\":\[[^\]]*\]/, '\\"epochs\\":{}', 'its state.epochs is not a list'],
      [/\\"validationLoss\\":[\d.]+/, '\\"validationLoss\\":true', 'validationLoss is not a finite number or null'],
      [/\\"metrics\\":\{\}/, '\\"metrics\\":{\\"own\\":\\"\\"}', 'metrics.own is not a finite number or null'],
      [/\\"trainAccuracy\\":[\d.]+/, '\\"trainAccuracy\\":2', 'trainAccuracy is not a number from 0 to 1'],
      [
        /\\"model\\":/,
        '\\"model\\":[],\\"mode\\":',
        'its state.fingerprint is not texts, numbers, true, false and null',
      ],
    ]
    for (const [from, to, message] of cases) {
      const file = altered(from, to)
      expect(Buffer.from(file).equals(bytes)).toBe(false)
      await expect(decodeCheckpoint(file)).rejects.toThrow(DataError)
      await expect(decodeCheckpoint(file)).rejects.toThrow(message)
    }
    const { tensors, metadata } = readSafetensors(bytes)
    const misfits: readonly HostTensor[] = [
      { dtype: 'float64', shape: [5], data: new Float64Array(5) },
      { dtype: 'float32', shape: [6], data: new Float32Array(6) },
    ]
    for (const losses of misfits)
      await expect(
        decodeCheckpoint(reseal(writeSafetensors(new Map(tensors).set('losses', losses), metadata))),
      ).rejects.toThrow('its losses are not float64 [6], one a step')
    tensors.delete('losses')
    await expect(decodeCheckpoint(reseal(writeSafetensors(tensors, metadata)))).rejects.toThrow('but none')
  })

  it('that does not fit leaves the solver as it was', async () => {
    using model = build()
    using solver = new Solver(model, data, options)
    const before = await valuesOf(model)
    const { training, best } = state
    const noWeights = new Map([...(best?.model ?? [])].filter(([name]) => name !== 'conv2d1.w'))
    const misfits: readonly [SolverState, string][] = [
      [{ ...state, training: { ...training, optimizer: training.model } }, 'which this model does not have'],
      [{ ...state, training: { ...training, batches: { ...training.batches, position: 99 } } }, 'position 99'],
      [{ ...state, best: best && { ...best, model: noWeights } }, 'checkpoint: its best: conv2d1.w is missing'],
    ]
    for (const [misfit, message] of misfits) {
      expect(() => solver.restore(misfit)).toThrow(message)
      expect(await valuesOf(model)).toEqual(before)
      expect(solver.iteration).toBe(0)
    }
  })

  it('is not mistaken for a model file, nor the other way round', async () => {
    using model = build()
    await expect(decodeCheckpoint(await encodeModel(model))).rejects.toThrow(
      new DataError('checkpoint: not a checkpoint, or damaged: it has no digest'),
    )
    expect(() => decodeModel(bytes, model)).toThrow(DataError)
  })

  it('of another run is refused with the differences named', () => {
    const differences: readonly [SolverOptions, string][] = [
      [{ batchSize: 4 }, 'batchSize was 5 and is 4'],
      [{ seed: 1 }, 'seed was 0 and is 1'],
      [{ lrDecay: 0.9 }, 'lrDecay was 1 and is 0.9'],
      [{ accumulate: 2, clipNorm: 1 }, 'clipNorm was null and is 1; accumulate was 1 and is 2'],
      [{ augment: randomCrop({ pad: 4 }) }, 'augment was null and is randomCrop(pad=4,mode=zero)'],
      [{ optimizer: { name: 'adam', beta1: 0.8 } }, 'adam.beta1 was 0.9 and is 0.8'],
    ]
    for (const [change, message] of differences) {
      using model = build()
      using solver = new Solver(model, data, { ...options, ...change })
      expect(() => solver.restore(state)).toThrow(new ConfigError(`checkpoint: of another run: ${message}`))
    }
  })

  it('of another model, dtype or dataset is refused with the differences named', () => {
    const wider = everySort.map((spec) => (spec.kind === 'conv2d' ? layers.conv2d({ filters: 4, kernel: 3 }) : spec))
    const cases = [
      { model: build(wider), sets: data, message: 'shape of conv2d1.w was [3,2,3,3] and is [4,2,3,3]' },
      { model: build(everySort, { dtype: 'float64' }), sets: data, message: 'dtype was float32 and is float64' },
      { model: build(everySort, { reg: 0.1 }), sets: data, message: 'reg was 0 and is 0.1' },
      { model: build([...everySort, layers.relu()]), sets: { ...data, train: twoColours(24) }, message: '[22,2,4,4]' },
    ]
    for (const { model, sets, message } of cases) {
      using owned = model
      using solver = new Solver(owned, sets, options)
      expect(() => solver.restore(state)).toThrow(ConfigError)
      expect(() => solver.restore(state)).toThrow(message)
    }
  })

  it('of other data of the same shape is refused, whatever differs in either set', () => {
    for (const set of ['train', 'validation'] as const)
      for (const part of ['images', 'labels'] as const) {
        const own = { ...data[set], images: data[set].images.slice(), labels: data[set].labels.slice() }
        own[part][3] = 1 - (own[part][3] ?? 0)
        using model = build()
        using solver = new Solver(model, { ...data, [set]: own }, options)
        const name = set === 'train' ? 'training' : 'validation'
        expect(() => solver.restore(state)).toThrow(`of another run: contents of the ${name} set was`)
      }
  })

  it('beyond the last epoch of a run is refused', () => {
    using model = build()
    using solver = new Solver(model, data, { ...options, epochs: 1 })
    expect(() => solver.restore(state)).toThrow(
      new ConfigError('checkpoint: taken at iteration 6, but this run ends at 4'),
    )
  })
})

describe('files', () => {
  it('keep a solver, replacing an older checkpoint and leaving nothing else behind', async () => {
    const path = join(folder, 'run.safetensors')
    await writeFile(path, 'old')
    using model = build()
    using solver = new Solver(model, data, options)
    solver.restore(state)
    await saveCheckpoint(path, solver)
    expect(await loadCheckpoint(path)).toEqual(state)
    expect(await readdir(folder)).toEqual(['run.safetensors'])
  })

  it('keep a model, buffers included, under the names of its tensors', async () => {
    const path = join(folder, 'model.safetensors')
    using model = build()
    using trainer = new Solver(model, data, options)
    await trainer.run()
    await saveModel(path, model)
    using other = build(everySort, { seed: 8 })
    await loadModel(path, other)
    expect(await valuesOf(other)).toEqual(await valuesOf(model))
    const { tensors } = readSafetensors(await readFile(path))
    expect([...tensors.keys()].sort()).toEqual(Object.keys(await valuesOf(model)).sort())
  })

  it('of another model are refused and leave the model as it was', async () => {
    const path = join(folder, 'other.safetensors')
    using model = build()
    await saveModel(path, model)
    const misfits = [
      {
        stack: [layers.affine({ units: 2 })],
        dtype: 'float32',
        message: "affine1.w is float32 [48,2] but this model's is float32 [32,2]",
      },
      { stack: [...everySort, layers.batchNorm()], dtype: 'float32', message: 'batchNorm2.gamma is missing' },
      {
        stack: everySort,
        dtype: 'float64',
        message: "conv2d1.w is float32 [3,2,3,3] but this model's is float64 [3,2,3,3]",
      },
    ] as const
    for (const { stack, dtype, message } of misfits) {
      using misfit = build(stack, { dtype })
      const before = await valuesOf(misfit)
      await expect(loadModel(path, misfit)).rejects.toThrow(new DataError(`${path}: model file: ${message}`))
      expect(await valuesOf(misfit)).toEqual(before)
    }
  })

  it('of others may hold more than the model has, which is named', async () => {
    const path = join(folder, 'foreign.safetensors')
    using model = build()
    const { tensors } = readSafetensors(await encodeModel(model))
    tensors.set('batchNorm1.numBatchesTracked', { dtype: 'int32', shape: [], data: Int32Array.of(7) })
    await writeFile(path, writeSafetensors(tensors, { format: 'pt' }))
    using other = build(everySort, { seed: 8 })
    expect(await loadModel(path, other)).toEqual(['batchNorm1.numBatchesTracked'])
    expect(await valuesOf(other)).toEqual(await valuesOf(model))
    const { card, tensors: read } = await readSaved(path)
    expect(card).toEqual({})
    expect(new Map(read)).toEqual(tensors)
  })

  it('of a run hold the best model, for whoever wants that alone', async () => {
    const path = join(folder, 'best.safetensors')
    await writeFile(path, bytes)
    expect((await readSaved(path)).tensors).toEqual(state.best?.model)
  })

  it('with many small tensors and a large one read as they are in memory', async () => {
    const path = join(folder, 'many.safetensors')
    const data = (length: number, from: number) => Float32Array.from({ length }, (_, i) => i + from)
    const tensors = new Map<string, HostTensor>()
    for (const [i, length] of [3, 0, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 7, 1].entries())
      tensors.set(`x${i}`, { dtype: 'float32', shape: [length], data: data(length, i) })
    await writeFile(path, writeSafetensors(tensors))
    const { tensors: read } = await readSaved(path)
    expect([...read.keys()]).toEqual([...tensors.keys()])
    for (const [name, { data }] of tensors) expect(Buffer.from(data.buffer).equals(bytesOf(read.get(name)))).toBe(true)
  })

  it('that are no files give one clear line', async () => {
    using model = build()
    await expect(loadModel(folder, model)).rejects.toThrow(new DataError(`cannot read ${folder}: it is a folder`))
    await expect(readSaved('/dev/zero')).rejects.toThrow(new DataError('cannot read /dev/zero: it is no plain file'))
    const below = join(folder, 'run.safetensors', 'x')
    await expect(readSaved(below)).rejects.toThrow(`cannot read ${below}: a part of its path is no folder (ENOTDIR)`)
  })

  it('that are missing, damaged or cannot be written give one clear line', async () => {
    const missing = join(folder, 'missing')
    await expect(loadCheckpoint(missing)).rejects.toThrow(DataError)
    await expect(loadCheckpoint(missing)).rejects.toThrow(
      `cannot read ${missing}: there is no such file or folder (ENOENT)`,
    )
    const cut = join(folder, 'cut')
    const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
    await writeFile(cut, bytes.subarray(0, start + 1300))
    await expect(loadCheckpoint(cut)).rejects.toThrow(
      new DataError(`${cut}: safetensors: tensor "model.conv2d1.w" ends at byte 1384 of a body of 1300; truncated?`),
    )
    using model = build()
    await expect(saveModel(join(missing, 'model'), model)).rejects.toThrow(`cannot write ${missing}`)
  })
})

describe('a model card', () => {
  const card: ModelCard = {
    meanImage: { dtype: 'float32', shape: [2, 1, 1], data: Float32Array.of(0.1, 127.3) },
    classNames: ['cat', 'a "dog"', 'ß'],
    layers: 'relu()\naffine({ units: classes })',
  }

  it('travels in a model file, and changes nothing of the model', async () => {
    using model = build()
    using other = build(everySort, { seed: 5 })
    const file = await encodeModel(model, card)
    const loss = { name: 'softmaxCrossEntropy', hyperparameters: { labelSmoothing: 0 } }
    expect(readModelCard(file)).toEqual({ ...card, input: model.inputShape, loss })
    decodeModel(file, other)
    expect(await valuesOf(other)).toEqual(await valuesOf(model))
  })

  it('travels in a checkpoint, under its seal', async () => {
    const sealed = await encodeCheckpoint(state, card)
    expect(readModelCard(sealed)).toEqual(card)
    expect(await decodeCheckpoint(sealed)).toEqual(state)
  })

  it('is not written where it could not be read', async () => {
    using model = build()
    const mean = { dtype: 'float32', shape: [2, 1, 1], data: new Float32Array(2) }
    const cards: readonly (readonly [card: object, message: string])[] = [
      [{ meanImage: { ...mean, dtype: 'int32', data: new Int32Array(2) } }, 'its mean image is int32 [2,1,1]'],
      [{ meanImage: { ...mean, shape: [2] } }, 'its mean image is float32 [2]'],
      [{ meanImage: { ...mean, shape: [0, 1, 1], data: new Float32Array() } }, 'its mean image is float32 [0,1,1]'],
      [{ meanImage: mean.data }, 'its mean image is 0,0; wanted floats (C, H, W)'],
      [{ meanImage: null }, 'its mean image is null'],
      [{ classNames: 'cat' }, 'classNames is "cat"; wanted a list of names'],
      [{ classNames: ['cat', 1] }, 'classNames is ["cat",1]'],
      [{ layers: null }, 'layers is null; wanted text'],
      [{ layers: ' '.repeat(100_001) }, 'its layers take 100001 characters; at most 100000 are read'],
    ]
    for (const [wrong, message] of cards) {
      await expect(encodeModel(model, wrong)).rejects.toThrow(DataError)
      await expect(encodeModel(model, wrong)).rejects.toThrow(`model card: ${message}`)
      await expect(encodeCheckpoint(state, wrong)).rejects.toThrow(`model card: ${message}`)
    }
  })

  it('is empty where a file has none, and refused where its names are no list', async () => {
    expect(readModelCard(writeSafetensors(new Map(), {}))).toEqual({})
    for (const classNames of ['cat, dog', '{"0":"cat"}', '[1, 2]'])
      expect(() => readModelCard(writeSafetensors(new Map(), { classNames }))).toThrow('wanted a list of names as JSON')
  })
})
