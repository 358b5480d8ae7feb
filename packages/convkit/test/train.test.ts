import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNaive } from '@convkit/backend-naive'
import { readSafetensors, Solver, ThreeLayerConvNet } from '@convkit/nn'
import { beforeAll, describe, expect, it } from 'vitest'
import { defaults } from '../src/config/schema.js'
import { createBackend } from '../src/createBackend.js'
import { loadTrainingData } from '../src/trainingData.js'
import { convkit, type Outcome, spawnConvkit } from './support/convkit.js'
import { folder } from './support/folder.js'
import { ownBackend } from './support/ownBackend.js'
import { photos } from './support/photos.js'

const config = fileURLToPath(new URL('fixtures/ownModel/convkit.config.ts', import.meta.url))

let data: string
beforeAll(async () => {
  // 54 images to train on: 9 iterations of 6 an epoch.
  data = await photos(20, 8)
})

const small = () => [
  'train',
  '--data',
  data,
  '--image-size',
  '8',
  '--filters',
  '6',
  '--filter-size',
  '3',
  '--hidden',
  '8',
  '--weight-scale',
  '0.03',
  '--batch-size',
  '6',
  '--loss-every',
  '1',
  '--json',
]

type Line = { readonly type: string; readonly iteration?: number; readonly [key: string]: unknown }

function lines({ stdout }: Pick<Outcome, 'stdout'>): Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line))
}

function losses(outcome: Pick<Outcome, 'stdout'>): Map<number, unknown> {
  return new Map(
    lines(outcome).flatMap(({ type, iteration, loss }) => (type === 'loss' ? [[iteration ?? 0, loss]] : [])),
  )
}

/** Every loss that was printed is the unbroken run's, and between them they are all of it. */
function expectSame(parts: readonly Pick<Outcome, 'stdout'>[], whole: Pick<Outcome, 'stdout'>): void {
  const wanted = losses(whole)
  const got = new Map<number, unknown>()
  for (const part of parts)
    for (const [iteration, loss] of losses(part)) {
      expect({ iteration, loss }).toEqual({ iteration, loss: wanted.get(iteration) })
      got.set(iteration, loss)
    }
  expect(got.size).toBe(wanted.size)
  expect(
    lines(parts.at(-1) ?? whole)
      .filter(({ type }) => type === 'epoch')
      .at(-1),
  ).toEqual(
    lines(whole)
      .filter(({ type }) => type === 'epoch')
      .at(-1),
  )
}

describe('train', () => {
  it('learns, prints JSON lines alone, the same ones every time', async () => {
    const first = await convkit(...small(), '--epochs', '4')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const printed = lines(first)
    expect(printed[0]).toMatchObject({ type: 'start', backend: 'naive', iterations: 36, train: [54, 3, 8, 8] })
    expect(printed.filter(({ type }) => type === 'epoch').map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4])
    expect(printed.at(-1)).toMatchObject({ type: 'done', iteration: 36, aborted: false })
    expect(printed.filter(({ type }) => type === 'epoch').at(-1)).toMatchObject({ validationAccuracy: 1 })
    expect((await convkit(...small(), '--epochs', '4')).stdout).toBe(first.stdout)
    expect((await convkit(...small(), '--epochs', '4', '--seed', '1')).stdout).not.toBe(first.stdout)
  })

  it('prints the course’s lines for people', async () => {
    const { stdout } = await convkit(...small().slice(0, -1))
    expect(stdout).toMatch(/^naive: /)
    expect(stdout).toMatch(/\n\(Iteration 9 \/ 9\) loss: \d\.\d{6}\n/)
    expect(stdout).toMatch(/\n\(Epoch 1 \/ 1\) train acc: \d\.\d{4}; val_acc: \d\.\d{4}\n/)
  })

  it('writes the best parameters where --out says', async () => {
    const out = join(await folder(), 'model.safetensors')
    const outcome = await convkit(...small(), '--out', out)
    expect(lines(outcome).at(-1)).toEqual({ type: 'saved', file: out })
    const { tensors } = readSafetensors(await readFile(out))
    expect([...tensors.keys()].sort()).toEqual(['W1', 'W2', 'W3', 'b1', 'b2', 'b3'])
  })

  it('takes images that do not divide evenly, and says when there are too few', async () => {
    const { code, stderr } = await convkit(...small(), '--train', '50', '--validation', '20')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has 60 images, too few for 50 .* 20/),
    })
  })
})

describe('a backend of four functions and no kernels', () => {
  it('trains to the bits of naive through the command line', async () => {
    const module = join(
      await folder({ 'my-backend.js': ownBackend, 'package.json': '{ "type": "module" }' }),
      'my-backend.js',
    )
    for (const dtype of ['float32', 'float64']) {
      const naive = await convkit(...small(), '--dtype', dtype)
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
    expect(losses).toHaveLength(9)
    expect(losses).toEqual(await run(createNaive()))
  })
})

describe('a run that was broken off', () => {
  // As `ownBackend`, but the process kills itself inside the first allocation after n steps: in the middle of a step.
  const killer = (n: number) => `${ownBackend}
    let steps = 0
    const { alloc } = backend
    backend.mark = () => { steps++ }
    backend.alloc = (...args) => {
      if (steps === ${n}) process.kill(process.pid, 'SIGKILL')
      return alloc(...args)
    }`

  it('goes on bit for bit after kill -9 in mid-epoch, however often', async () => {
    const cwd = await folder({ 'first.mjs': killer(13), 'second.mjs': killer(9) })
    const args = ['train', '--config', config, '--data', data, '--epochs', '3', '--json']
    const kept = [...args, '--checkpoint', 'run.safetensors', '--checkpoint-every', '4', '--resume']
    const [whole, first] = await Promise.all([
      spawnConvkit(args, { cwd }),
      spawnConvkit([...kept, '--backend', './first.mjs'], { cwd }),
    ])
    const second = await spawnConvkit([...kept, '--backend', './second.mjs'], { cwd })
    const last = await spawnConvkit(kept, { cwd })
    expect([first.signal, second.signal]).toEqual(['SIGKILL', 'SIGKILL'])
    expect([whole.code, last.code]).toEqual([0, 0])
    // Nine iterations an epoch, a checkpoint every four and after each epoch.
    expect([first, second].map((part) => Math.max(...losses(part).keys()))).toEqual([13, 21])
    expect([second, last].map((part) => lines(part)[0]?.iteration)).toEqual([12, 20])
    expectSame([first, second, last], whole)
  }, 60_000)

  it('stops cleanly on Ctrl-C, saves, exits with 130 and goes on bit for bit', async () => {
    const cwd = await folder()
    const args = [...small(), '--checkpoint', join(cwd, 'run.safetensors')]
    const stopped = await spawnConvkit([...args, '--epochs', '100000'], {
      cwd,
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    })
    expect(stopped).toMatchObject({ code: 130, signal: null, stderr: '' })
    const { iteration = 0 } = lines(stopped).at(-1) ?? { type: 'none' }
    expect(lines(stopped).at(-1)).toMatchObject({ type: 'done', aborted: true })
    const epochs = `${Math.floor(iteration / 9) + 1}`
    const resumed = await convkit(...args, '--epochs', epochs, '--resume')
    expect(lines(resumed)[0]).toMatchObject({ type: 'start', iteration })
    expectSame([stopped, resumed], await convkit(...small(), '--epochs', epochs))
  })
})

describe('a checkpoint', () => {
  let checkpoint: string
  beforeAll(async () => {
    checkpoint = join(await folder(), 'run.safetensors')
    await convkit(...small(), '--checkpoint', checkpoint)
  })

  it('that is truncated or has one flipped bit gives one clear line', async () => {
    const bytes = await readFile(checkpoint)
    const damaged = [
      bytes.subarray(0, 4),
      bytes.subarray(0, bytes.length / 2),
      bytes.subarray(0, -1),
      ...[0.001, 0.1, 0.3, 0.5, 0.7, 0.999].map((part) => {
        const flipped = Buffer.from(bytes)
        const at = Math.floor(part * bytes.length)
        flipped[at] = (bytes[at] ?? 0) ^ 4
        return flipped
      }),
    ]
    for (const content of damaged) {
      const path = join(await folder({ 'run.safetensors': content }), 'run.safetensors')
      const { code, stdout, stderr } = await convkit(...small(), '--epochs', '2', '--checkpoint', path, '--resume')
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^convkit: .*run\.safetensors[^\n]*\n$/)
      expect(await readFile(path)).toEqual(content)
    }
  })

  it('is never overwritten by a run that does not resume it', async () => {
    const before = await readFile(checkpoint)
    const { code, stderr } = await convkit(...small(), '--checkpoint', checkpoint)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists; add --resume/) })
    expect(await readFile(checkpoint)).toEqual(before)
  })

  it('of another run is refused with the difference', async () => {
    const { code, stderr } = await convkit(...small(), '--learning-rate', '0.5', '--checkpoint', checkpoint, '--resume')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/learningRate was 0\.001 and is 0\.5/),
    })
  })

  it('of a finished run has nothing left to do, unless there are more epochs', async () => {
    const again = await convkit(...small(), '--checkpoint', checkpoint, '--resume')
    expect(losses(again).size).toBe(0)
    const more = await convkit(...small(), '--epochs', '2', '--checkpoint', checkpoint, '--resume')
    expect([...losses(more).keys()][0]).toBe(10)
    const whole = await convkit(...small(), '--epochs', '2')
    for (const [iteration, loss] of losses(more)) expect(loss).toBe(losses(whole).get(iteration))
    expect(existsSync(checkpoint)).toBe(true)
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
