import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { readImage } from '@convkit/datasets'
import { readModelCard } from '@convkit/nn'
import { openModel } from '@convkit/nn/node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { type Line, lines, losses } from './support/training.js'

let data: string
let out: string
let model: string
let trained: Awaited<ReturnType<typeof convkit>>
const whole = ['--schedule', 'constant', '--loss-every', '1', '--json']
const file = (name: string) => join(out, name)
const train = (...more: readonly string[]) =>
  convkit('train', '--recipe', 'autoencoder', '--data', data, '--image-size', '8', '--batch-size', '12', ...more)

beforeAll(async () => {
  data = await photos(20, 8)
  out = await folder()
  model = file('model.safetensors')
  const files = [
    '--checkpoint',
    file('run.safetensors'),
    '--out',
    model,
    '--log',
    file('run.csv'),
    '--report',
    file('run.html'),
  ]
  trained = await train('--epochs', '4', ...whole, ...files)
  expect(trained).toMatchObject({ code: 0, stderr: '' })
})

interface Evaluated {
  readonly images: number
  readonly meanSquaredError: number
  readonly worst: readonly { readonly image: string; readonly index: number; readonly meanSquaredError: number }[]
  readonly best: Evaluated['worst']
}

async function evaluation(...args: readonly string[]): Promise<Evaluated> {
  const { code, stdout, stderr } = await convkit('evaluate', ...args, '--data', data, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('train --recipe autoencoder', () => {
  it('learns to give images, and tells losses alone', async () => {
    const printed = lines(trained)
    const steps = [...losses(trained).values()].map(Number)
    // Pixels over 64 less their mean: about 1 where nothing is learnt.
    expect(steps[0]).toBeGreaterThan(0.3)
    expect(steps[0]).toBeLessThan(1.5)
    const checks = printed.filter(({ type }) => type === 'epoch')
    const validation = checks.map(({ validationLoss }) => Number(validationLoss))
    expect(validation.at(-1)).toBeLessThan(0.9 * (validation[0] ?? 0))
    for (const { trainAccuracy, validationAccuracy } of checks)
      expect([trainAccuracy, validationAccuracy]).toEqual([null, null])
    const { stdout } = await train('--epochs', '1')
    expect(stdout).toMatch(/\n\(Epoch 1 \/ 1\) val_loss: \d\.\d{4}\n/)
    expect(stdout).toMatch(/\nbest epoch 1: validation loss \d\.\d{4}\n/)
    expect(stdout).not.toMatch(/acc/)
  })

  it('writes a log without accuracies, and a page of images beside what the net makes of them', async () => {
    const [head, first] = (await readFile(file('run.csv'), 'utf8')).split('\n')
    const cells = first?.split(',') ?? []
    const at = (name: string) => cells[head?.split(',').indexOf(name) ?? -1]
    expect([at('trainAccuracy'), at('validationAccuracy')]).toEqual(['', ''])
    expect(Number(at('validationLoss'))).toBeGreaterThan(0)
    const html = await readFile(file('run.html'), 'utf8')
    expect(html).toContain('Reconstructions of validation images')
    expect(html).toMatch(/The mean squared error of the validation images is 0\.\d+, \d+(\.\d+)? of 255 off/)
    // Six images to validate, and the filters.
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(7)
    expect(html).toMatch(/--monitor<\/th><td[^>]*>(&quot;|")validationLoss/)
    expect(html).not.toMatch(/Accuracy|Confusion|are right|NaN|undefined|<script/)
  })

  it('goes on from a checkpoint to the same bits, whose best model is what --out has', async () => {
    expect(await evaluation(file('run.safetensors'))).toEqual({
      ...(await evaluation(model)),
      file: file('run.safetensors'),
    })
    const parts = [...whole, '--checkpoint', file('parts.safetensors')]
    expect(await train('--epochs', '2', ...parts)).toMatchObject({ code: 0 })
    const second = await train('--epochs', '4', ...parts, '--resume')
    expect([...losses(second)]).toEqual([...losses(trained)].slice(8))
    const done = ({ type }: Line) => type === 'done'
    expect(lines(second).find(done)).toEqual(lines(trained).find(done))
  })

  it('says in one line what does not fit', async () => {
    const nn = new URL('../../nn/src/index.ts', import.meta.url).href
    const cwd = await folder({
      'labels.ts': `import { layers } from '${nn}'
        export const recipe = { description: '', loss: 'meanSquaredError', layers: () => [layers.affine({ units: 3 })] }`,
      'classes.ts': `import { layers } from '${nn}'
        export const recipe = { description: '', targets: 'images', layers: () => [layers.affine({ units: 3 })] }`,
      'bad.ts': "export const recipe = { description: '', targets: 'image' }",
    })
    const small = ['--data', data, '--image-size', '8']
    const refused: readonly [readonly string[], RegExp][] = [
      [['autoencoder', ...small, '--monitor', 'validationAccuracy'], /--monitor: expected validationLoss: a net that/],
      [
        ['autoencoder', '--data', data, '--image-size', '10'],
        /its targets are its images, \[3,10,10\], but sequential gives \[3,8,8\]$/,
      ],
      [[join(cwd, 'labels.ts'), ...small], /the training set has no targets; the loss of sequential wants values$/],
      [[join(cwd, 'classes.ts'), ...small], /the training set has targets; the loss of sequential wants labels$/],
      [[join(cwd, 'bad.ts'), ...small], /bad\.ts: targets: expected one of labels, images, got "image"$/],
    ]
    for (const [args, message] of refused) {
      const { stdout, stderr } = await convkit('train', '--recipe', ...args, '--json')
      expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringMatching(/^convkit: [^\n]*\n$/) })
      expect(stderr.trimEnd()).toMatch(message)
    }
    const { stderr } = await train('--epochs', '1', '--train-samples', '5', '--json')
    expect(stderr).toMatch(/^convkit: --train-samples does nothing here: the accuracy is measured on them/)
  })

  it('takes a folder of one class, which labels would not', async () => {
    const own = await folder()
    await cp(join(data, 'red'), join(own, 'red'), { recursive: true })
    const args = ['--data', own, '--image-size', '8', '--json']
    expect(await convkit('train', '--recipe', 'autoencoder', '--epochs', '1', ...args)).toMatchObject({ code: 0 })
    expect(await convkit('train', ...args)).toMatchObject({ code: 1, stdout: '' })
  })
})

describe('the file of an autoencoder', () => {
  it('says its loss and that its targets are images, and no classes', async () => {
    const { layers, loss, targets, classNames } = readModelCard(await readFile(model))
    expect({ loss, targets, classNames }).toEqual({
      loss: { name: 'meanSquaredError', hyperparameters: {} },
      targets: 'images',
      classNames: undefined,
    })
    expect(layers).toContain('upsampleNearest2d({ factor: 2 })')
  })

  it('is evaluated by how near its images come, on those that train has left aside', async () => {
    const result = await evaluation(model, '--worst', '3')
    expect(result).toMatchObject({ images: 6, worst: { length: 3 }, best: { length: 3 } })
    const { worst } = await evaluation(model, '--worst', '6')
    const { model: net, card } = await openModel(model, createNaive())
    using _ = net
    for (const { image, meanSquaredError } of worst) {
      const { data: pixels } = await readImage(join(data, image))
      const X = Float32Array.from(pixels, (value, i) => value - (card.meanImage?.data[i] ?? 0))
      using scope = net.scope.child()
      const y = await net.scores(scope, scope.from(X, [1, 3, 8, 8])).read()
      const own = X.reduce((sum, value, i) => sum + (value / 64 - (y[i] ?? 0)) ** 2 / X.length, 0)
      expect(meanSquaredError).toBeCloseTo(own, 4)
    }
    expect(result.meanSquaredError).toBeCloseTo(
      worst.reduce((sum, own) => sum + own.meanSquaredError / 6, 0),
      12,
    )
    const validation = lines(trained).flatMap(({ type, validationLoss }) =>
      type === 'epoch' ? [Number(validationLoss)] : [],
    )
    const onValidation = await evaluation(model, '--set', 'validation')
    expect(onValidation.meanSquaredError).toBeCloseTo(Math.min(...validation), 5)
  })

  it('is shown with its worst and best images, on the terminal and on a page', async () => {
    const page = file('evaluation.html')
    const args = ['evaluate', model, '--data', data, '--worst', '2', '--report', page]
    const { code, stdout, stderr } = await convkit(...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const off = String.raw`0\.\d+, \d+(\.\d+)? of 255 off\n`
    const example = String.raw`  \w+/\d+\.png: ${off}`
    expect(stdout).toMatch(
      new RegExp(
        `model\\.safetensors: sequential on the test set of .*, 6 images\\nmean squared error ${off}\n` +
          `the worst reconstructions\n(${example}){2}\nthe best reconstructions\n(${example}){2}$`,
      ),
    )
    const html = await readFile(page, 'utf8')
    expect(html).toContain('The worst reconstructions')
    expect(html).toContain('The best reconstructions')
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(4)
    expect(html).not.toMatch(/Confusion|accuracy|<script|(src|href)="(?!data:)|NaN|undefined/)
  })

  it('is exported: ONNX Runtime makes the same images of plain pixels', async () => {
    const onnx = file('model.onnx')
    const exported = await convkit('export', model, onnx)
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(exported.stdout).toMatch(/images \[batch,3,8,8\] -> scores \[batch,3,8,8\]/)
    const { data: pixels } = await readImage(join(data, 'red', '3.png'))
    const session = await InferenceSession.create(onnx)
    const { scores } = await session.run({ images: new Tensor('float32', Float32Array.from(pixels), [1, 3, 8, 8]) })
    const { model: net, card } = await openModel(model, createNaive())
    using _ = net
    using scope = net.scope.child()
    const X = Float32Array.from(pixels, (value, i) => value - (card.meanImage?.data[i] ?? 0))
    const y = await net.scores(scope, scope.from(X, [1, 3, 8, 8])).read()
    const values = (scores?.data ?? []) as Float32Array
    const largest = Math.max(...y.map(Math.abs))
    expect(values.length).toBe(y.length)
    for (const [i, value] of values.entries()) expect(Math.abs(value - (y[i] ?? 0))).toBeLessThan(1e-5 * largest)
  })

  it('has no classes to predict, and no scores to average over views', async () => {
    expect(await convkit('predict', model, join(data, 'red', '3.png'))).toEqual({
      code: 1,
      stdout: '',
      stderr: `convkit: ${model}: has no classes to take images for; \`evaluate\` tells how near its images come\n`,
    })
    expect(await convkit('evaluate', model, '--data', data, '--views', 'mirror')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^convkit: --views: expected a model of classes[^\n]*\n$/),
    })
  })
})
