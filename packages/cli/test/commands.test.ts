import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readImage } from '@convkit/datasets'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { ownBackend } from '../../convkit/test/support/ownBackend.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'

const commands = [
  'notebook',
  'train',
  'recipes',
  'predict',
  'evaluate',
  'export',
  'data',
  'data fetch',
  'data info',
  'filter',
  'gradcheck',
  'conformance',
  'new-backend',
  'backends',
  'bench',
]

describe('help', () => {
  it.each(['', ...commands])('of `convkit %s` shows examples', async (command) => {
    const { code, stdout } = await convkit(...command.split(' ').filter(Boolean), '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Usage: convkit ${command}[\\s\\S]*\\nExamples:\\n {2}convkit ${command}`))
  })

  it('names every default of train', async () => {
    const { stdout } = await convkit('train', '--help')
    const text = stdout.replace(/\s+/g, ' ')
    for (const line of [
      /--filters <n> .*?default: 32/,
      /--optimizer <name> .*?default: adam/,
      /--seed <n> .*?default: 231/,
    ])
      expect(text).toMatch(line)
  })

  it('gives the version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await convkit('--version')).toMatchObject({ code: 0, stdout: `${version}\n` })
  })
})

describe('usage errors', () => {
  it.each([
    [['gradchek'], /unknown command 'gradchek' \(Did you mean gradcheck\?\)/],
    [['train', '--epoch', '3'], /unknown option '--epoch' \(Did you mean --epochs\?\)/],
    [['train', '--epochs', 'three'], /--epochs: expected a whole number from 1 to 1000000, got "three"/],
    [['train', '--resume'], /--resume: expected --checkpoint/],
    [['gradcheck', '--layer', 'conv3d'], /--layer: expected one of .*; did you mean conv2d\?/],
    [['gradcheck', '--backend', 'nave'], /backend nave is unknown; did you mean naive\?/],
    [
      ['gradcheck', '--backend', 'naive', '--provider', 'cpu'],
      /provider cpu: backend naive has no providers; .*--backend gpu/,
    ],
    [['gradcheck', '--provider', 'dml'], /--provider: expected one of auto, cuda, webgpu, cpu, got "dml"/],
    [['filter'], /missing required argument 'image'/],
    [['filter', 'a.png', '--size', '0'], /--size: expected a whole number from 1 to 4096, got 0/],
  ])('%j exit with 2 and say in one line what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await convkit(...args)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^convkit: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('show their stack with --debug', async () => {
    const { stderr } = await convkit('gradcheck', '--backend', 'nave', '--debug')
    expect(stderr).toMatch(/ConfigError: backend nave[\s\S]*\n {4}at /)
  })
})

describe('gradcheck', () => {
  it.each([1, 2, 3])('finds every gradient of naive right, seed %i', async (seed) => {
    const { code, stdout } = await convkit('gradcheck', '--json', '--seed', `${seed}`)
    const { pass, results } = JSON.parse(stdout)
    expect({ code, pass }).toEqual({ code: 0, pass: true })
    expect(results).toHaveLength(34)
  })

  it('finds the one wrong gradient of a backend, and exits with 1', async () => {
    const module = await folder({
      'mine.mjs': `${ownBackend}
        backend.kernels.float64 = { maxPool2d: { backward: (d, dy, x, y, dx) => { dx.data.fill(0) } } }`,
    })
    const { code, stdout } = await convkit('gradcheck', '--json', '--backend', join(module, 'mine.mjs'))
    const wrong = JSON.parse(stdout).results.filter(({ pass }: { pass: boolean }) => !pass)
    expect({ code, wrong }).toMatchObject({ code: 1, wrong: [{ layer: 'maxPool2d', gradient: 'dx', error: 1 }] })
  })
})

describe('backends', () => {
  it('shows what each runs on and which kernels it has itself', async () => {
    const module = join(await folder({ 'mine.mjs': ownBackend }), 'mine.mjs')
    const { code, stdout } = await convkit('backends', '--json', '--backend', module)
    const [naive, wasm, gpu, mine] = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(naive).toMatchObject({
      name: 'naive',
      chosen: false,
      available: true,
      kernels: { float64: { missing: [] } },
    })
    expect(wasm).toMatchObject({
      description: expect.stringMatching(/^WebAssembly, 128-bit SIMD.* threads?, Node/),
      kernels: { float32: { missing: [] }, float64: { missing: [] } },
    })
    expect(gpu).toMatchObject({
      available: true,
      description: expect.stringMatching(/^onnxruntime /),
      kernels: { float32: { missing: [] }, float64: { native: [] } },
      providers: [
        { name: 'cuda' },
        { name: 'webgpu' },
        { name: 'cpu', available: true, description: expect.stringMatching(/no GPU$/) },
      ],
    })
    expect(mine).toMatchObject({ name: module, chosen: true, description: 'four functions' })
    expect(mine.kernels.float32.native).toEqual([])
    expect(mine.kernels.float32.missing).toContain('conv2d')
  })

  it('says why the chosen one is not available', async () => {
    const { code, stdout } = await convkit('backends', '--backend', './gone.mjs')
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/gone\.mjs \(chosen\)\n.*no file/),
    })
  })
})

describe('a provider that is not there', () => {
  it('is an error with its remedy, and what auto takes instead is said', async () => {
    const { stdout } = await convkit('backends', '--json', '--backend', 'gpu')
    const gpu = JSON.parse(stdout).find(({ name }: { name: string }) => name === 'gpu')
    const [cuda] = gpu.providers
    const outcome = await convkit('gradcheck', '--backend', 'gpu', '--provider', 'cuda')
    if (cuda.available) {
      expect(outcome.code).toBe(0)
      expect(gpu.description).toMatch(/CUDA/)
      return
    }
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toMatch(/^convkit: gpu: provider cuda[: ].*\nconvkit: /)
    expect(outcome.stderr).toMatch(/install\.js --onnxruntime-node-install|webgpu/)
    expect(gpu.description).toMatch(/\(provider cuda: onnxruntime's CUDA library is not installed/)
  })
})

describe('filter', () => {
  let picture: string
  beforeAll(async () => {
    picture = join(await photos(1, 9), 'red', '0.png')
  })

  it('writes the weighted gray and the edges of blue, of the same size', async () => {
    const out = await folder()
    const { code, stdout } = await convkit('filter', picture, '--size', '9', '--out', out)
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${join(out, '0-gray.png')}\n${join(out, '0-edges.png')}\n` })
    const [image, gray, edges] = await Promise.all(
      [picture, join(out, '0-gray.png'), join(out, '0-edges.png')].map(async (path) => (await readImage(path)).data),
    )
    const at = (c: number, row: number, column: number) =>
      row < 0 || row > 8 || column < 0 || column > 8 ? 0 : (image?.[c * 81 + row * 9 + column] ?? Number.NaN)
    const byte = (value: number) => Uint8ClampedArray.of(value)[0]
    for (let row = 0; row < 9; row++)
      for (let column = 0; column < 9; column++) {
        const g = 0.3 * at(0, row, column) + 0.6 * at(1, row, column) + 0.1 * at(2, row, column)
        expect(Math.abs((gray?.[row * 9 + column] ?? 0) - g)).toBeLessThan(0.51)
        let e = 128
        for (const [dx, weight] of [
          [-1, 1],
          [0, 2],
          [1, 1],
        ] as const)
          e += weight * (at(2, row - 1, column + dx) - at(2, row + 1, column + dx))
        expect(edges?.[row * 9 + column]).toBe(byte(e))
      }
  })

  it('says in one line that a truncated or altered picture cannot be read', async () => {
    const bytes = await readFile(picture)
    const flipped = Uint8Array.from(bytes, (byte, i) => (i === Math.floor(bytes.length / 2) ? byte ^ 0x10 : byte))
    const cwd = await folder({ 'truncated.png': bytes.subarray(0, bytes.length / 2), 'flipped.png': flipped })
    for (const name of ['truncated.png', 'flipped.png', 'gone.png']) {
      const { code, stdout, stderr } = await convkit('filter', join(cwd, name), '--out', cwd)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^convkit: .*${name}[^\\n]*\\n$`))
    }
  })

  it('does not let two pictures overwrite each other', async () => {
    const { code, stderr } = await convkit('filter', picture, picture, '--out', await folder())
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/two of the images .*0-gray\.png/),
    })
  })
})

describe('data', () => {
  it('says in one line which batch file is damaged, and does not train on it', async () => {
    const dataDir = await folder({ 'cifar10/data_batch_1.bin': new Uint8Array(1000) })
    for (const name of ['data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
      await writeFile(join(dataDir, 'cifar10', `${name}.bin`), '')
    const info = await convkit('data', 'info', '--json', '--data-dir', dataDir)
    expect(info.code).toBe(1)
    expect(JSON.parse(info.stdout).files[0]).toMatchObject({ name: 'data_batch_1.bin', state: 'damaged' })
    const { code, stdout, stderr } = await convkit('train', '--json', '--data-dir', dataDir)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^convkit: .*data_batch_1\.bin[^\n]*\n$/)
  })

  it('shows the classes of a folder of images, how many each has, and what is left out', async () => {
    const own = await folder({ 'cat/1.png': '', 'cat/deep/2.PNG': '', 'cat/3.heic': '', 'dog/1.png': '' })
    expect(await convkit('data', 'info', own)).toMatchObject({
      code: 0,
      stdout: `${own}\nclass  images\ncat         2\ndog         1\n`,
      stderr: 'convkit: 1 .heic left out; expected JPEG, PNG, WebP, GIF or AVIF\n',
    })
    const split = await folder({ 'train/cat/1.png': '', 'train/dog/1.png': '', 'val/dog/1.png': '' })
    const { stdout } = await convkit('data', 'info', split, '--json')
    expect(JSON.parse(stdout)).toEqual({
      dir: split,
      classes: [
        { name: 'cat', images: 1, validation: 0 },
        { name: 'dog', images: 1, validation: 1 },
      ],
      notes: [],
    })
    const empty = await folder({ 'cat/1.png': '', 'dog/notes.txt': '' })
    expect(await convkit('data', 'info', empty)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^convkit: .*no pictures .* in dog; add some, or remove the folder\n$/),
    })
  })

  it('downloads nothing into a data folder that is not there', async () => {
    const typo = join(await folder(), 'dtaa')
    for (const command of [['train'], ['notebook', '--out', join(await folder(), 'page')]]) {
      const { code, stdout, stderr } = await convkit(...command, '--json', '--data-dir', typo)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^convkit: --data-dir: there is no .*dtaa; .* `convkit data fetch --data-dir .*dtaa`\n$/)
    }
    const deep = join(typo, 'deep')
    expect(await convkit('data', 'fetch', '--data-dir', deep)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/dtaa: there is no such folder/),
    })
    expect(existsSync(typo)).toBe(false)
  })

  it('says in one line that a folder to fetch from has no batches', async () => {
    const [empty, dataDir] = [await folder(), await folder()]
    const { code, stderr } = await convkit('data', 'fetch', '--json', '--from', empty, '--data-dir', dataDir)
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^convkit: cannot fetch [^\n]*\n$/),
    })
  })
})
