import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { listImageFolder } from '@convkit/datasets'
import { layers, Sequential } from '@convkit/nn'
import { saveModel } from '@convkit/nn/node'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { splitPictures } from '../src/splitPictures.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { smallRun } from './support/training.js'

const names = ['blue', 'green', 'red']
let data: string
let out: string
let model: string

beforeAll(async () => {
  data = await photos(20, 8)
  out = await folder()
  model = join(out, 'model.safetensors')
  const args = ['--test', '9', '--epochs', '3', '--out', model, '--checkpoint', join(out, 'run.safetensors')]
  expect(
    await convkit(...smallRun(data).filter((_, i, all) => all[i] !== '--test' && all[i - 1] !== '--test'), ...args),
  ).toMatchObject({ code: 0 })
})

interface Json {
  readonly images: number
  readonly accuracy: number
  readonly classNames: readonly string[]
  readonly confusion: readonly (readonly number[])[]
  readonly perClass: readonly { readonly name: string; readonly recall: number | null }[]
  readonly worst: readonly { readonly image: string; readonly label: number; readonly loss: number }[]
}

async function evaluation(...args: readonly string[]): Promise<Json> {
  const { code, stdout, stderr } = await convkit('evaluate', ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('evaluate', () => {
  it('measures on the images that `train` with the same shares has left aside', async () => {
    const result = await evaluation(model, '--data', data, '--test', '9', '--worst', '100')
    expect(result).toMatchObject({ images: 9, classNames: names })
    const left = splitPictures(data, await listImageFolder(data), { test: 9 })
    expect(result.worst.map(({ image }) => image).sort()).toEqual(left.test.map(({ path }) => path).sort())
    for (const { image, label } of result.worst) expect(image.split('/')[0]).toBe(names[label])
    // Of a checkpoint the best model is taken, which is what --out holds.
    expect(await evaluation(join(out, 'run.safetensors'), '--data', data, '--test', '9', '--worst', '100')).toEqual({
      ...result,
      file: join(out, 'run.safetensors'),
    })
    const all = await evaluation(model, '--data', data, '--set', 'all')
    expect(all.perClass.map(({ name, ...rest }) => ({ name, ...rest }))).toEqual(
      names.map((name) => expect.objectContaining({ name, images: 20 })),
    )
  })

  it('agrees with what predict says of the same files', async () => {
    const { worst, confusion } = await evaluation(model, '--data', data, '--set', 'all', '--worst', '60')
    const files = worst.map(({ image }) => join(data, image))
    const { stdout } = await convkit('predict', model, ...files, '--json')
    const predicted: { classes: { name: string; probability: number }[] }[] = JSON.parse(stdout)
    for (const [i, { classes }] of predicted.entries()) {
      const own = classes.find(({ name }) => name === names[worst[i]?.label ?? -1])
      expect(worst[i]?.loss).toBeCloseTo(-Math.log(own?.probability ?? Number.NaN), 4)
    }
    for (const [label, row] of confusion.entries())
      for (const [taken, count] of row.entries())
        expect(
          predicted.filter(({ classes }, i) => worst[i]?.label === label && classes[0]?.name === names[taken]),
        ).toHaveLength(count)
  })

  it('prints a table of classes, the matrix and the worst images, and writes a page that needs nothing else', async () => {
    const page = join(out, 'page.html')
    const { code, stdout, stderr } = await convkit(
      'evaluate',
      model,
      '--data',
      data,
      '--test',
      '9',
      '--worst',
      '2',
      '--report',
      page,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /model\.safetensors: threeLayerConvNet on the test set of .*, 9 images\naccuracy [01]\.\d{4}, loss \d/,
    )
    expect(stdout).toMatch(/\nclass +images +precision +recall\nblue +3 +\d+\.\d % +\d+\.\d %\n/)
    expect(stdout).toMatch(/\n +0 +1 +2\n0 blue +\d+ +\d+ +\d+\n/)
    expect(stdout).toMatch(/\n {2}\w+\/\d+\.png: \w+, .*taken for \w+ at \d+\.\d %, loss [\d.]+\n$/)
    const html = await readFile(page, 'utf8')
    expect(html).toContain('Confusion matrix of 3 classes: ')
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2)
    expect(html).not.toMatch(/<script|(src|href)="(?!data:)/)
  })

  it('averages over views where it is told to', async () => {
    const [plain, seen] = [
      await evaluation(model, '--data', data, '--set', 'all'),
      await evaluation(model, '--data', data, '--set', 'all', '--views', 'mirror,translate'),
    ]
    expect(seen.images).toBe(plain.images)
    expect(seen.worst[0]?.loss).not.toBe(plain.worst[0]?.loss)
  })

  it('takes the classes of a folder by their names, not their order', async () => {
    const other = join(await folder(), 'others')
    await cp(join(data, 'red'), join(other, 'red'), { recursive: true })
    const { perClass, worst } = await evaluation(model, '--data', other, '--set', 'all')
    expect(perClass.map(({ recall }) => recall === null)).toEqual([true, true, false])
    expect(new Set(worst.map(({ label }) => label))).toEqual(new Set([2]))
    await rename(join(other, 'red'), join(other, 'violet'))
    expect(await convkit('evaluate', model, '--data', other, '--set', 'all')).toMatchObject({
      code: 1,
      stderr: `convkit: ${other}: holds class violet, which the model of ${model} does not know; it knows blue, green, red\n`,
    })
  })

  it("takes a folder's own test set, and says where there is none", async () => {
    const own = await folder()
    for (const set of ['train', 'val', 'test']) await cp(data, join(own, set), { recursive: true })
    await rm(join(own, 'test', 'blue', '0.png'))
    expect((await evaluation(model, '--data', own)).images).toBe(59)
    expect((await evaluation(model, '--data', own, '--set', 'all')).images).toBe(179)
    await rm(join(own, 'test'), { recursive: true })
    expect(await convkit('evaluate', model, '--data', own)).toMatchObject({
      code: 1,
      stderr: `convkit: ${own}: leaves no images aside to test; \`--set all\` takes all that it has\n`,
    })
  })

  it('leaves out what cannot be read, and still knows which image is which', async () => {
    const own = await folder()
    await cp(data, own, { recursive: true })
    await writeFile(join(own, 'blue', '0.png'), 'no picture')
    const args = ['evaluate', model, '--data', own, '--set', 'all', '--worst', '60', '--json']
    expect(await convkit(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^convkit: 1 of 60 images cannot be read: [^\n]*\n$/),
    })
    const { stdout } = await convkit(...args, '--skip-unreadable')
    const { worst }: Json = JSON.parse(stdout)
    for (const { image, label } of worst) expect(image.split('/')[0]).toBe(names[label])
    expect(worst).toHaveLength(59)
  })

  it('says in one line what does not fit', async () => {
    const plain = join(out, 'plain.safetensors')
    using two = new Sequential(createNaive(), { input: [3, 32, 32], layers: [layers.affine({ units: 2 })] })
    const meanImage = { dtype: 'float32', shape: [3, 32, 32], data: new Float32Array(3072) } as const
    await saveModel(plain, two, { meanImage, layers: 'affine({ units: 2 })' })
    const empty = join(await folder(), 'empty')
    await mkdir(empty)
    const refused: readonly [readonly string[], number, RegExp][] = [
      [
        [model],
        1,
        /model\.safetensors: takes images \[3,8,8\], and those of CIFAR-10 are \[3,32,32\]: name the folder of its images with --data$/,
      ],
      [[plain], 1, /plain\.safetensors: its 2 classes are not those of CIFAR-10: name the folder/],
      [[plain, '--data', data], 1, /has 3 classes, and the model of .*plain\.safetensors has 2$/],
      [[model, '--views', 'flip'], 2, /--views: expected mirror, translate=1 or both with a comma, got "?flip"?$/],
      [
        [model, '--data', data, '--views', 'translate=8'],
        2,
        /views: pad 8 reflects more than images of 8 x 8 pixels have$/,
      ],
      [[model, '--set', 'all'], 2, /--set all: expected --data with it; of CIFAR-10 take test, validation or train$/],
      [[model, '--set', 'tset', '--data', data], 2, /--set .*tset.*Allowed choices are test, validation, train, all/],
      [
        [model, '--data', data, '--test', '59'],
        2,
        /has 60 images, too few for 1 to train on, 6 to validate and 59 to test$/,
      ],
      [[model, '--data', empty], 1, /empty: wanted a folder of pictures/],
      [[join(out, 'gone')], 1, /cannot read .*gone: there is no such file or folder/],
      [[model, '--data', data, '--report', out], 2, /--report: .*folder/],
    ]
    for (const [args, code, message] of refused) {
      const outcome = await convkit('evaluate', ...args)
      expect({ args, ...outcome }).toEqual({
        args,
        code,
        stdout: '',
        stderr: expect.stringMatching(/^convkit: [^\n]*\n$/),
      })
      expect(outcome.stderr.trimEnd()).toMatch(message)
    }
    for (const { tensor } of two.params) tensor.write(new Float32Array(tensor.size).fill(Number.NaN))
    const nan = join(out, 'nan.safetensors')
    await saveModel(nan, two, { meanImage, layers: 'affine({ units: 2 })', classNames: ['red', 'blue'] })
    const others = await folder()
    for (const name of ['red', 'blue']) await cp(join(data, name), join(others, name), { recursive: true })
    expect(await convkit('evaluate', nan, '--data', others)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^convkit: .*nan\.safetensors: evaluate: the model's scores of image 0 are not finite: NaN\n$/,
      ),
    })
  })
})
