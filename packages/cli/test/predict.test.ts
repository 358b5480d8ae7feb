import { readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { encodeImage, readImage } from '@convkit/datasets'
import { layers, parseLayers, readModelCard, readSafetensors, Sequential, writeSafetensors } from '@convkit/nn'
import { saveModel } from '@convkit/nn/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { smallRun } from './support/training.js'

interface Prediction {
  readonly image: string
  readonly classes: readonly { readonly name: string; readonly probability: number }[]
}

const names = ['blue', 'green', 'red']
let data: string
let out: string
let model: string
let images: string[]

beforeAll(async () => {
  data = await photos(20, 8)
  out = await folder()
  model = join(out, 'model.safetensors')
  images = names.map((name) => join(data, name, '7.png'))
  const args = ['--epochs', '6', '--out', model, '--checkpoint', join(out, 'run.safetensors')]
  expect(await convkit(...smallRun(data), ...args)).toMatchObject({ code: 0 })
})

async function predict(...args: readonly string[]): Promise<Prediction[]> {
  const { code, stdout, stderr } = await convkit('predict', ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('predict', () => {
  it('names the classes of pictures, the likeliest first', async () => {
    const { code, stdout, stderr } = await convkit('predict', model, ...images, '--top', '2')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    for (const [i, name] of names.entries())
      expect(lines[i]).toMatch(new RegExp(`^${images[i]}: ${name} \\d+\\.\\d %, \\w+ \\d+\\.\\d %$`))
    const predictions = await predict(model, ...images)
    expect(predictions.map(({ image }) => image)).toEqual(images)
    for (const { classes } of predictions) {
      expect(classes.map(({ name }) => name).sort()).toEqual(names)
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
    }
    // The checkpoint's best is what --out has kept.
    expect(await predict(join(out, 'run.safetensors'), ...images)).toEqual(predictions)
  })

  it('spells out control characters in names of classes and files', async () => {
    const own = await photos(3, 8)
    await rename(join(own, 'red'), join(own, 'red\u001b[2J\nline'))
    await symlink('none', join(own, 'nowhere\u001b[2J'))
    const file = join(out, 'control.safetensors')
    const trained = await convkit(...smallRun(own), '--epochs', '1', '--out', file)
    expect(trained.code).toBe(0)
    expect(trained.stderr).toMatch(/^convkit: .*nowhere\\u001b\[2J left out, a link that leads nowhere/m)
    const { stdout } = await convkit('predict', file, join(own, 'blue', '0.png'))
    expect(stdout).toContain('red\\u001b[2J\\nline')
    expect(stdout.trimEnd()).not.toMatch(/\p{Cc}/u)
  })

  it('is what ONNX Runtime says of the exported model and plain pixels', async () => {
    const onnx = join(out, 'model.onnx')
    expect(await convkit('export', model, onnx)).toMatchObject({ code: 0 })
    const pixels = await Promise.all(images.map(async (image) => (await readImage(image)).data))
    const session = await InferenceSession.create(onnx)
    const X = Float32Array.from(pixels.flatMap((data) => [...data]))
    const { scores } = await session.run({ images: new Tensor('float32', X, [3, 3, 8, 8]) })
    const values = Array.from((scores?.data ?? []) as Float32Array)
    for (const [n, { classes }] of (await predict(model, ...images, '--backend', 'naive')).entries()) {
      const powers = values.slice(3 * n, 3 * n + 3).map(Math.exp)
      const sum = powers.reduce((a, b) => a + b)
      for (const { name, probability } of classes)
        expect(probability).toBeCloseTo((powers[names.indexOf(name)] ?? 0) / sum, 5)
    }
  })

  it('builds a Sequential from the layers that its file spells', async () => {
    const text = "convReluPool({ filters: 4, kernel: 3, pad: 'same' })\nbatchNorm()\naffine({ units: classes })"
    using own = new Sequential(createNaive(), { input: [3, 6, 10], layers: parseLayers(text, 2), seed: 3 })
    const random = new Random(1)
    const meanImage = { dtype: 'float32', shape: [3, 6, 10], data: new Float32Array(180).fill(100.5) } as const
    const file = join(out, 'sequential.safetensors')
    await saveModel(file, own, { meanImage, classNames: ['cat', 'dog'], layers: text })
    const pixels = Float32Array.from({ length: 180 }, () => random.integer(256))
    const picture = join(out, 'picture.png')
    await writeFile(picture, await encodeImage({ data: pixels, shape: [3, 6, 10] }, 'png'))
    const [prediction] = await predict(file, picture)
    const [label] = await own.predict(pixels.map((value) => value - 100.5))
    expect(prediction?.classes[0]?.name).toBe(['cat', 'dog'][label ?? -1])
  })

  it("and export take what train wrote of a configuration's Sequential, without the configuration", async () => {
    const nn = new URL('../../nn/src/index.ts', import.meta.url).href
    const home = await folder({
      'convkit.config.ts': `import { layers, Sequential } from '${nn}'
        export default { model: (backend, options) => new Sequential(backend, { ...options, input: [3, 8, 8],
          layers: [layers.convBnReluPool({ filters: 4, kernel: 3, pad: 'same' }), layers.affine({ units: 3 })] }) }`,
    })
    const file = join(home, 'own.safetensors')
    const checkpoint = join(home, 'run.safetensors')
    const config = ['--config', join(home, 'convkit.config.ts')]
    const trained = await convkit(...smallRun(data), ...config, '--out', file, '--checkpoint', checkpoint)
    expect(trained).toMatchObject({ code: 0 })
    for (const saved of [file, checkpoint]) {
      expect(await predict(saved, ...images)).toEqual(await predict(saved, ...images, ...config))
      expect(await convkit('export', saved, join(home, 'own.onnx'))).toMatchObject({ code: 0, stderr: '' })
    }
  })

  it('takes a model without a mean image as it is, and says so', async () => {
    using own = new Sequential(createNaive(), { input: [3, 8, 8], layers: [layers.affine({ units: 2 })] })
    const file = join(out, 'plain.safetensors')
    await saveModel(file, own)
    const { code, stdout, stderr } = await convkit('predict', file, images[0] ?? '')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: class [01] \d/) })
    expect(stderr).toMatch(/plain\.safetensors holds no mean image: the model gets the pixels as they are/)
  })

  it('tells of a picture that it cannot read, and what the others are', async () => {
    const [first = '', second = ''] = images
    const bad = join(out, 'bad.png')
    await writeFile(bad, 'no picture')
    const { code, stdout, stderr } = await convkit('predict', model, first, bad, second, '--top', '1')
    expect(code).toBe(1)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual([first, second])
    expect(stderr).toMatch(/^convkit: cannot read image .*bad\.png[^\n]*\n$/)
  })

  it('says what does not fit', async () => {
    const text = join(out, 'text.png')
    await writeFile(text, 'no picture')
    expect(await convkit('predict', model, text)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot read image .*text\.png/),
    })
    expect(await convkit('predict', text, images[0] ?? '')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/text\.png: safetensors: /),
    })
    expect(await convkit('predict', model)).toMatchObject({ code: 2 })
    using own = new Sequential(createNaive(), { input: [3, 8, 8], layers: [layers.affine({ units: 2 })] })
    const layersText = 'affine({ units: 2 })'
    const meanImage = { dtype: 'float32', shape: [3, 8, 8], data: new Float32Array(192) } as const
    const three = join(out, 'three.safetensors')
    await saveModel(three, own, { meanImage, classNames: ['a', 'b', 'c'], layers: layersText })
    expect(await convkit('predict', three, images[0] ?? '')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/three\.safetensors: names 3 classes, but its model has 2/),
    })
    for (const { tensor } of own.params) tensor.write(new Float32Array(tensor.size).fill(Number.NaN))
    const nan = join(out, 'nan.safetensors')
    await saveModel(nan, own, { meanImage, layers: layersText })
    expect(await convkit('predict', nan, images[0] ?? '')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/7\.png: the model's scores are not finite/),
    })
  })

  it('of a file that cannot be read says which and why, in one line, as export does', async () => {
    const places: readonly [string, string][] = [
      [join(out, 'nope.safetensors'), 'there is no such file or folder (ENOENT)'],
      [join(model, 'nope.safetensors'), 'a part of its path is no folder (ENOTDIR)'],
      [out, 'it is a folder'],
      ['/dev/zero', 'it is no plain file'],
    ]
    for (const [path, reason] of places)
      for (const args of [
        ['predict', path, images[0] ?? ''],
        ['export', path, join(out, 'none.onnx')],
      ])
        expect(await convkit(...args)).toMatchObject({ code: 1, stderr: `convkit: cannot read ${path}: ${reason}\n` })
  })

  it('holds what a file says of its model against its tensors before it builds any', async () => {
    const meanImage = { shape: [3, 8, 8], data: new Float32Array(192) }
    const layersCard = (text: string) =>
      writeSafetensors(new Map([['card.meanImage', meanImage]]), { classNames: '["a","b"]', layers: text })
    const zeros = (...shape: number[]) => ({ shape, data: new Float32Array() })
    const hostile: readonly [Uint8Array, RegExp][] = [
      [
        writeSafetensors(
          new Map([
            ['W1', zeros(3e6, 3, 15, 0)],
            ['W2', zeros(3e6 * 256, 100, 0)],
            ['W3', zeros(0, 2)],
          ]),
        ),
        /W1 is float32 \[3000000,3,15,0\] but this model's is float32 \[3000000,3,15,15\]/,
      ],
      [layersCard("conv2d({ filters: 999, kernel: 7, pad: 'same' })\n".repeat(2000)), /conv2d1\.w is missing/],
      [layersCard("conv2d({ filters: 999, kernel: 7, pad: 'same' })\n".repeat(3000)), /its layers take \d+ characters/],
      [layersCard('affine({ units: 1e15 })'), /affine1\.w is missing/],
      [layersCard('avgPool2d({ kernel: 0 })'), /its layers: /],
      [
        writeSafetensors(
          new Map([
            ['card.meanImage', meanImage],
            ['sequence1.conv2d1.w', { shape: [1, 3, 1, 1], data: new Float32Array(3) }],
            ['affine1.w', { shape: [1, 2], data: new Float32Array(2) }],
            ['affine1.b', { shape: [2], data: new Float32Array(2) }],
          ]),
          {
            classNames: '["a","b"]',
            layers: `sequence([
              conv2d({ filters: 1, kernel: 1, pad: 9000, bias: false }),
              avgPool2d({ kernel: 18008 }),
            ])
            affine({ units: 2 })`,
          },
        ),
        /sequence1\.conv2d1 gives 324288064 values an image; at most 67108864 are taken/,
      ],
      [layersCard('relu()'), /its layers: sequential: the last layer must give scores/],
    ]
    for (const [bytes, message] of hostile) {
      const file = join(out, 'hostile.safetensors')
      await writeFile(file, bytes)
      const { code, stderr } = await convkit('predict', file, images[0] ?? '')
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) })
      expect(stderr).toMatch(/^convkit: .*hostile\.safetensors: [^\n]*\n$/)
    }
  })

  it('leaves out what the model does not need, and says so', async () => {
    const { tensors, metadata } = readSafetensors(await readFile(model))
    tensors.set('numBatchesTracked', { dtype: 'int32', shape: [], data: Int32Array.of(7) })
    const file = join(out, 'more.safetensors')
    await writeFile(file, writeSafetensors(tensors, { ...metadata, format: 'pt' }))
    const { code, stdout, stderr } = await convkit('predict', file, ...images, '--json')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `convkit: ${file}: the model has no numBatchesTracked: left out\n`,
    })
    expect(JSON.parse(stdout)).toEqual(await predict(model, ...images))
  })

  it('needs no size: the file knows that of its images', async () => {
    const card = readModelCard(await readFile(model))
    expect(card.meanImage?.shape).toEqual([3, 8, 8])
    expect(card.classNames).toEqual(names)
  })
})
