import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { readSafetensors, Solver, ThreeLayerConvNet } from '@convkit/nn'
import { createBackend } from 'convkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { ownBackend } from '../../convkit/test/support/ownBackend.js'
import { defaults } from '../src/config/schema.js'
import { loadTrainingData } from '../src/trainingData.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { lines, smallRun } from './support/training.js'

let data: string
let small: () => string[]
beforeAll(async () => {
  data = await photos(20, 8)
  small = () => smallRun(data)
})

describe('train', () => {
  it('learns, prints JSON lines alone, the same ones every time', async () => {
    const first = await convkit(...small(), '--epochs', '4')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const printed = lines(first)
    expect(printed[0]).toMatchObject({ type: 'start', backend: 'wasm', iterations: 36, train: [54, 3, 8, 8] })
    expect(printed.filter(({ type }) => type === 'epoch').map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4])
    expect(printed.at(-1)).toMatchObject({ type: 'done', iteration: 36, aborted: false })
    expect(printed.filter(({ type }) => type === 'epoch').at(-1)).toMatchObject({ validationAccuracy: 1 })
    expect((await convkit(...small(), '--epochs', '4')).stdout).toBe(first.stdout)
    expect((await convkit(...small(), '--epochs', '4', '--seed', '1')).stdout).not.toBe(first.stdout)
  })

  it('follows a schedule, and ends out of patience', async () => {
    const flags = ['--epochs', '9', '--learning-rate', '1e-20', '--loss-every', '1']
    const printed = lines(
      await convkit(...small(), ...flags, '--schedule', 'triangular', '--warm-up', '0.5', '--patience', '2'),
    )
    const rates = printed.flatMap(({ type, learningRate }) => (type === 'loss' ? [Number(learningRate)] : []))
    // Two epochs of nine steps, of a warm-up of 40.5 steps.
    expect(rates.map((rate) => rate / 1e-20)).toEqual(
      Array.from({ length: 18 }, (_, step) => expect.closeTo(0.04 + (0.96 * step) / 40.5, 12)),
    )
    expect(printed.at(-1)).toMatchObject({ type: 'done', early: true, aborted: false, epoch: 2 })
  })

  it('prints the course’s lines for people', async () => {
    const { stdout } = await convkit(...small().slice(0, -1))
    expect(stdout).toMatch(/^wasm: /)
    expect(stdout).toMatch(/\n\(Iteration 9 \/ 9\) loss: \d\.\d{6}\n/)
    expect(stdout).toMatch(/\n\(Epoch 1 \/ 1\) train acc: \d\.\d{4}; val_acc: \d\.\d{4}; val_loss: \d\.\d{4}\n/)
  })

  it('writes the best parameters, and the mean image they want, where --out says', async () => {
    const out = join(await folder(), 'model.safetensors')
    const outcome = await convkit(...small(), '--out', out)
    expect(lines(outcome).at(-1)).toEqual({ type: 'saved', file: out })
    const { tensors } = readSafetensors(await readFile(out))
    expect([...tensors.keys()].sort()).toEqual(['W1', 'W2', 'W3', 'b1', 'b2', 'b3', 'card.meanImage'])
  })

  it('takes images that do not divide evenly, and says when there are too few', async () => {
    const { code, stderr } = await convkit(...small(), '--train', '50', '--validation', '20')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has 60 images, too few for 50 .* 20/),
    })
  })
})

describe('wasm', () => {
  it.each(['float32', 'float64'])('trains to the same bits on 1, 2 and 3 threads, in %s', async (dtype) => {
    const run = async (threads: number) => {
      const backend = `wasm:threads=${threads},fma=false`
      const outcome = await convkit(...small(), '--dtype', dtype, '--backend', backend)
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      return lines(outcome).slice(1)
    }
    const alone = await run(1)
    expect(alone.length).toBeGreaterThan(9)
    expect(await run(2)).toEqual(alone)
    expect(await run(3)).toEqual(alone)
  })
})

describe('a backend of four functions and no kernels', () => {
  it('trains to the bits of naive through the command line', async () => {
    const module = join(
      await folder({ 'my-backend.js': ownBackend, 'package.json': '{ "type": "module" }' }),
      'my-backend.js',
    )
    for (const dtype of ['float32', 'float64']) {
      const naive = await convkit(...small(), '--dtype', dtype, '--backend', 'naive')
      const mine = await convkit(...small(), '--dtype', dtype, '--backend', module)
      expect(lines(mine)[0]).toMatchObject({ backend: 'mine', dtype })
      expect(lines(mine).slice(1)).toEqual(lines(naive).slice(1))
      expect(mine.stderr).toMatch(/^convkit: mine: running on naive: vector\.fill.*conv2d\.forward.*adam\.update/s)
    }
  })

  it('trains to the bits of naive in the library', async () => {
    const from = await folder({ 'mine.mjs': ownBackend })
    const sets = await loadTrainingData({ ...defaults, data, imageSize: 8 })
    const run = async (backend: Awaited<ReturnType<typeof createBackend>>) => {
      using model = new ThreeLayerConvNet(backend, {
        inputDim: [3, 8, 8],
        numFilters: 2,
        filterSize: 3,
        hiddenDim: 5,
        numClasses: 3,
      })
      using solver = new Solver(model, sets, { epochs: 1, batchSize: 6, optimizer: 'adam' })
      return (await solver.run()).losses
    }
    const losses = await run(await createBackend('./mine.mjs', { from }))
    expect(losses).toHaveLength(8)
    expect(losses).toEqual(await run(createNaive()))
  })
})

describe('a damaged file of the user’s', () => {
  it('gives one clear line: configuration and photo', async () => {
    const cwd = await folder({ 'convkit.config.json': '{ "epochs": 1, "batchSi\u0009ze": 3 }' })
    const bad = await convkit(...small(), '--config', join(cwd, 'convkit.config.json'))
    expect(bad).toMatchObject({ code: 2, stdout: '' })
    expect(bad.stderr).toMatch(/^convkit: .*convkit\.config\.json: not valid JSON[^\n]*\n$/)
    const broken = await photos(1, 8)
    const picture = join(broken, 'red', '0.png')
    const bytes = await readFile(picture)
    await writeFile(picture, bytes.subarray(0, bytes.length - 30))
    const { code, stderr } = await convkit('train', '--data', broken, '--json')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^convkit: .*0\.png[^\n]*\n$/)
  })
})
