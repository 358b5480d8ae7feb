import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { backendsCommand } from '../src/commands/backends.js'
import { benchCommand } from '../src/commands/bench.js'
import { conformanceCommand } from '../src/commands/conformance.js'
import { dataCommand } from '../src/commands/data.js'
import { evaluateCommand } from '../src/commands/evaluate.js'
import { exportCommand } from '../src/commands/export.js'
import { filterCommand } from '../src/commands/filter.js'
import { gradcheckCommand } from '../src/commands/gradcheck.js'
import { newBackendCommand } from '../src/commands/newBackend.js'
import { notebookCommand } from '../src/commands/notebook.js'
import { predictCommand } from '../src/commands/predict.js'
import { recipesCommand } from '../src/commands/recipes.js'
import { trainCommand } from '../src/commands/train.js'
import { flagName, loadConfig } from '../src/config/load.js'
import { tellIdleSettings } from '../src/trainLimits.js'
import { convkit } from './support/convkit.js'
import { photos } from './support/photos.js'

/** What ends each command early where a flag is right: a file or a backend that is not there. */
const commands: readonly (readonly [CommandUnknownOpts, readonly string[]])[] = [
  [trainCommand(), ['train', '--data', 'gone']],
  [notebookCommand(), ['notebook', '--backend', './gone.mjs']],
  [predictCommand(), ['predict', 'gone.safetensors', 'gone.png']],
  [recipesCommand(), ['recipes', 'gone']],
  [evaluateCommand(), ['evaluate', 'gone.safetensors']],
  [exportCommand(), ['export', 'gone.safetensors', 'gone.onnx']],
  [filterCommand(), ['filter', 'gone.png']],
  [gradcheckCommand(), ['gradcheck', '--backend', './gone.mjs']],
  [conformanceCommand(), ['conformance', './gone.mjs', '--skips', 'gone.txt']],
  [benchCommand(), ['bench', './gone.mjs', '--workload', 'gone.json']],
  [backendsCommand(), ['backends', '--config', 'gone.json']],
  [newBackendCommand(), ['new-backend', 'GONE']],
  ...dataCommand().commands.map((command) => [command, ['data', command.name(), '--config', 'gone.json']] as const),
]
const flags = commands.flatMap(([command, base]) =>
  command.options
    .filter((option) => option.required)
    .map((option) => ({ command: base[0] === 'data' ? `data ${command.name()}` : command.name(), option, base })),
)
const counts = flags.filter(({ option }) => /<(n|s|seeds)>/.test(option.flags))

const noNumbers = [
  '',
  ' ',
  ' 1',
  '1 ',
  '1_000',
  '0x10',
  '0b1',
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '٣',
  '１',
  '1,5',
  '1n',
  'one',
]
const numbers = ['-0', '0', '-1', '1.5', '1e308', '1e-400', '1e9', '9e15', '9007199254740993', '00001', '1e0', '+1']
const texts = [
  'null',
  '__proto__',
  'a\nb',
  '.',
  '..',
  '/dev/null',
  'a\u0000b',
  'x'.repeat(5000),
  '{}',
  '-',
  '',
  ' ',
  '1',
]

const inOneLine = /^(convkit: [^\n]*\n)+$/

let data: string
beforeAll(async () => {
  data = await photos(10, 8)
  // `..` is a folder of this test too.
  const here = join(await folder(), 'here')
  await mkdir(here)
  process.chdir(here)
})

describe('a flag with a value', () => {
  it.each(counts)(
    '$command $option.flags takes numbers in decimal alone, and says what it was given',
    async ({ option, base }) => {
      for (const value of noNumbers) {
        const { code, stdout, stderr } = await convkit(...base, option.long ?? '', value)
        const given = JSON.stringify(value).replace(/^"(-?1e999)"$/, '$1')
        expect({ value, code, stdout, stderr }).toEqual({
          value,
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/^convkit: [^\n]*\n$/),
        })
        expect(stderr).toContain(`${option.long}: expected `)
        expect(stderr).toContain(`, got ${given}\n`)
      }
    },
  )

  it.each(flags)(
    '$command $option.flags of any value ends in lines that people can read',
    async ({ command, option, base }) => {
      // Numbers of `train` have a test of their own.
      for (const value of option.flags.endsWith('<n>') && command !== 'train' ? [...numbers, ...texts] : texts) {
        const { code, stdout, stderr } = await convkit(...base, option.long ?? '', value)
        expect({ value, code, stderr, stdout: stdout.length < 5000 }).toEqual({
          value,
          code: expect.toBeOneOf([0, 1, 2]),
          stderr: expect.toSatisfy((text: string) => text === '' || (inOneLine.test(text) && !/\n +at /.test(text))),
          stdout: true,
        })
      }
    },
  )
})

describe('train', () => {
  const small = { imageSize: 8, filters: 2, filterSize: 3, hidden: 4, batchSize: 4, epochs: 1, test: 0 }
  const own = counts.filter(({ command }) => command === 'train')

  const run = (given: { readonly [setting: string]: string | number }, ...others: readonly string[]) => {
    const flags = Object.entries({ ...small, ...given }).flatMap(([name, value]) => [flagName(name), String(value)])
    return convkit('train', '--data', data, '--json', ...flags, ...others)
  }

  it.each(own)('runs with $option.flags of any number, or says in one line why not', async ({ option }) => {
    for (const value of numbers) {
      const { code, stderr } = await run({ [option.attributeName()]: value })
      expect({ value, code, stderr }).toEqual({
        value,
        code: expect.toBeOneOf([0, 1, 2]),
        stderr: expect.toSatisfy(
          (text: string) =>
            (text === '' || inOneLine.test(text)) &&
            (code === 0 || text.includes(option.long ?? '') || /not finite|non-finite|images/.test(text)),
        ),
      })
    }
  })

  it.each([
    [{ lossEvery: 1000000000 }, '--loss-every: expected a whole number from 1 to 10000, got 1000000000'],
    [{ filterSize: 1000000001 }, '--filter-size: expected a whole number from 1 to 32767, got 1000000001'],
    [{ filterSize: 17 }, /^--filter-size: expected an odd whole number from 1 to 15, which reaches .*, got 17$/],
    [{ epochs: '9e15' }, '--epochs: expected a whole number from 1 to 1000000, got 9e15'],
    [{ lrDecay: '1e308' }, '--lr-decay: expected a number from 1e-30 to 1, got 1e308'],
    [{ learningRate: '1e999' }, '--learning-rate: expected a number from 1e-30 to 1000000, got 1e999'],
    [{ hidden: '1e9' }, /--hidden 1000000000, --batch-size 4: need [\d.]+ [GT]B of memory, .* has [\d.]+ [GT]B$/],
    [{ batchSize: 28 }, '--batch-size: expected at most the 27 images of the training set, got 28'],
    [{ accumulate: 5 }, '--accumulate: expected at most the 4 images of --batch-size, got 5'],
  ])('refuses %j', async (settings, message) => {
    const { code, stdout, stderr } = await run(settings)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.replace(/^convkit: /, '').trimEnd()).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    )
  })

  it.each([
    [{ dataDir: '.' }, '--data names another folder to train on'],
    [{ lossEvery: 9999 }, 'there are 6 iterations'],
    [{ trainSamples: 28 }, 'there are 27 images, and all are taken'],
    [{ warmUp: 0.1 }, 'it is for the schedule oneCycle, triangular, cosine, and this one is constant'],
    [{ lrDecay: 0.5 }, 'it is for after an epoch, and this run has one'],
  ])('says that %j does nothing here', async (settings, why) => {
    const { code, stderr } = await run(settings)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(` does nothing here: ${why}\n`) })
  })

  it('says that batch norm is not synchronised without ranks, and that the last of two values is taken', async () => {
    const { code, stderr } = await run({}, '--sync-batch-norm', '--seed', '1', '--seed', '2')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'convkit: --seed 1 does nothing here: 2 comes after it\n' +
        'convkit: --sync-batch-norm does nothing here: there are no ranks without --distributed\n',
    })
  })

  it('says which flags are for --data where there is none', async () => {
    const flags = { imageSize: '64', skipUnreadable: true }
    const loaded = await loadConfig({ cwd: process.cwd(), env: {}, flags })
    const set = {
      images: new Float32Array(3),
      labels: new Int32Array(1),
      shape: [1, 3, 1, 1],
      classNames: ['a'],
    } as const
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    tellIdleSettings(loaded, { train: set, validation: set, mean: new Float32Array(3) }, 500)
    const said = write.mock.calls.map(([line]) => line)
    write.mockRestore()
    expect(said).toEqual([
      'convkit: --image-size does nothing here: it is for --data; images of CIFAR-10 have 32 x 32 pixels\n',
      'convkit: --skip-unreadable does nothing here: it is for --data\n',
    ])
  })
})
