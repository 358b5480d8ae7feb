import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import {
  classesOf,
  encodeModel,
  layers,
  type Model,
  readModelCard,
  readSafetensors,
  Sequential,
  ThreeLayerConvNet,
  writeSafetensors,
} from '@convkit/nn'
import { loadModel, saveModel } from '@convkit/nn/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { smallRun } from './support/training.js'

let data: string
beforeAll(async () => {
  data = await photos(20, 8)
})

/** The classes that the ONNX file finds in images of standard normal values around `mean`, and those that the model predicts. */
async function classes(file: string, model: ThreeLayerConvNet | Sequential, mean: Data = new Float32Array(192)) {
  const n = 50
  const shape = [n, ...model.inputShape]
  const normal = new Random(3).normal(shape.reduce((a, b) => a * b))
  const X = Float32Array.from(normal, (value, i) => value + (mean[i % mean.length] ?? 0))
  const session = await InferenceSession.create(file)
  const { scores } = await session.run({ images: new Tensor('float32', X, shape) })
  if (!scores) throw new Error('the model has no scores')
  const values = scores.data as Float32Array
  const count = classesOf(model)
  const rows = Array.from({ length: n }, (_, i) => {
    const row = [...values.subarray(i * count, (i + 1) * count)]
    return row.indexOf(Math.max(...row))
  })
  const less = X.map((value, i) => value - (mean[i % mean.length] ?? 0))
  return { onnx: rows, predicted: [...(await model.predict(less))] }
}

/** A file of tensors alone, which does not say their layers. */
async function saveTensors(path: string, model: Model): Promise<void> {
  await writeFile(path, writeSafetensors(readSafetensors(await encodeModel(model)).tensors))
}

const net = () =>
  new ThreeLayerConvNet(createNaive(), {
    inputDim: [3, 8, 8],
    numFilters: 6,
    filterSize: 3,
    hiddenDim: 8,
    numClasses: 3,
  })

describe('export', () => {
  it('of what train has written classifies plain pixels as the model does those less the mean', async () => {
    const out = await folder()
    const [model, checkpoint, onnx] = ['model.safetensors', 'run.safetensors', 'model.onnx'].map((n) => join(out, n))
    const trained = await convkit(...smallRun(data), '--epochs', '2', '--out', model, '--checkpoint', checkpoint)
    expect(trained).toMatchObject({ code: 0 })
    const exported = await convkit('export', model, onnx)
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(exported.stdout).toMatch(/model\.onnx: images \[batch,3,8,8\] -> scores \[batch,3\], 0\.00\d+ MB\n$/)
    using best = net()
    await loadModel(model, best)
    const { onnx: found, predicted } = await classes(onnx, best, readModelCard(await readFile(model)).meanImage?.data)
    expect(found).toEqual(predicted)
    expect(new Set(found).size).toBeGreaterThan(1)
    // The checkpoint's best is what --out has kept.
    const again = join(out, 'again.onnx')
    await convkit('export', checkpoint, again)
    expect(await readFile(again)).toEqual(await readFile(onnx))
  })

  it('of a model that the configuration builds, with a fixed batch', async () => {
    using model = new Sequential(createNaive(), {
      input: [3, 8, 8],
      layers: [layers.convBnReluPool({ filters: 4, kernel: 3 }), layers.affine({ units: 5 })],
      seed: 9,
    })
    const nn = new URL('../../nn/src/index.ts', import.meta.url).href
    const out = await folder({
      'convkit.config.ts': `import { layers, Sequential } from '${nn}'
        export default { model: (backend, options) => new Sequential(backend, { ...options, input: [3, 8, 8],
          layers: [layers.convBnReluPool({ filters: 4, kernel: 3 }), layers.affine({ units: 5 })] }) }`,
    })
    await saveTensors(join(out, 'mine.safetensors'), model)
    const config = join(out, 'convkit.config.ts')
    const onnx = join(out, 'mine.onnx')
    const args = [join(out, 'mine.safetensors'), onnx, '--config', config, '--batch', '50', '--json']
    const { code, stdout } = await convkit('export', ...args)
    expect({ code, json: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      json: { file: onnx, images: [50, 3, 8, 8], scores: [50, 5] },
    })
    const { onnx: found, predicted } = await classes(onnx, model)
    expect(found).toEqual(predicted)
  })

  it('says what does not fit', async () => {
    using model = net()
    using other = new Sequential(createNaive(), { input: [2, 2, 2], layers: [layers.affine({ units: 2 })] })
    const out = await folder({ 'text.safetensors': 'no tensors here' })
    const path = (name: string) => join(out, name)
    await saveModel(path('net'), model)
    await saveTensors(path('other'), other)
    const attempt = (...args: string[]) => convkit('export', ...args, path('x.onnx'))
    expect(await attempt(path('net'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--image-size: expected images whose halves have 16 pixels, .* got 32/),
    })
    expect(await attempt(path('other'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /other: holds affine1\.b, affine1\.w, which is no ThreeLayerConvNet; `model` in the/,
      ),
    })
    expect(await attempt(path('text.safetensors'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/text\.safetensors: /),
    })
    expect(await attempt(path('gone'))).toMatchObject({ code: 1, stderr: expect.stringMatching(/gone/) })
  })
})
