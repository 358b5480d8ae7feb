import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { isTrusted } from '../src/config/find.js'
import { flagName, loadConfig, variableName } from '../src/config/load.js'
import { defaults, type SettingName, settings } from '../src/config/schema.js'

const none = { env: {}, flags: {} }
const names = Object.keys(settings) as SettingName[]

const seeds = 'a whole number from -9007199254740991 to 9007199254740991'

const values: { readonly [K in SettingName]?: fc.Arbitrary<string | number | boolean> } = {
  backend: fc.constantFrom('naive', './mine.js', 'convkit-somewhere'),
  strict: fc.boolean(),
  dtype: fc.constantFrom('float32', 'float64'),
  seed: fc.integer(),
  dataDir: fc.constantFrom('/a', '/b/c'),
  batchSize: fc.integer({ min: 1, max: 1e9 }),
  learningRate: fc.double({ min: 1e-9, max: 10, noNaN: true }),
  optimizer: fc.constantFrom('sgd', 'rmsprop', 'adamw'),
  augment: fc.constantFrom('none', 'flip', 'crop=4,cutout'),
  checkpoint: fc.constantFrom('/a/run.safetensors', '/b/run.safetensors'),
}
const source = fc.record(values, { requiredKeys: [] })

describe('precedence', () => {
  it('lets flags win over the environment, the environment over the file, the file over the defaults', async () => {
    await fc.assert(
      fc.asyncProperty(source, source, source, async (file, variables, flags) => {
        const cwd = await folder({ 'convkit.config.json': JSON.stringify(file) })
        const env = Object.fromEntries(Object.entries(variables).map(([key, value]) => [variableName(key), `${value}`]))
        const texts = Object.fromEntries(
          Object.entries(flags).map(([key, value]) => [key, typeof value === 'boolean' ? value : `${value}`]),
        )
        const loaded = await loadConfig({ cwd, env, flags: texts })
        expect(loaded.settings).toEqual({ ...defaults, ...file, ...variables, ...flags })
        expect(loaded.backendFrom).toBe(cwd)
      }),
      { numRuns: 60, seed: 2 },
    )
  })

  it('finds the file upward, and takes --config instead of it', async () => {
    const files = { '.git': '', 'convkit.config.mjs': 'export default { epochs: 3 }', 'other.json': '{ "epochs": 4 }' }
    const cwd = await folder(files)
    const inner = join(cwd, 'inner')
    await mkdir(inner)
    const found = await loadConfig({ cwd: inner, ...none })
    expect(found).toMatchObject({ file: join(cwd, 'convkit.config.mjs'), settings: { epochs: 3 } })
    const named = await loadConfig({ cwd: inner, ...none, configFile: '../other.json' })
    expect(named.settings.epochs).toBe(4)
  })

  it('finds none beyond the root of the project: .git, or else the outermost package.json', async () => {
    const config = { 'convkit.config.json': '{ "epochs": 3 }' }
    for (const [files, found] of [
      [{}, false],
      [{ 'in/.git': '', 'package.json': '{}' }, false],
      [{ 'in/package.json': '{}' }, false],
      [{ 'in/package.json': '{}', 'package.json': '{}' }, true],
    ] as const) {
      const cwd = await folder({ ...config, ...files, 'in/deep/file': '' })
      const { file } = await loadConfig({ cwd: join(cwd, 'in/deep'), ...none })
      expect(file).toBe(found ? join(cwd, 'convkit.config.json') : null)
    }
  })

  it('runs no code for a command that does not need it, and says so', async () => {
    const cwd = await folder({ 'convkit.config.mjs': 'throw new Error("run")' })
    const { file, warnings } = await loadConfig({ cwd, ...none, run: false })
    expect(file).toBeNull()
    expect(warnings).toEqual([
      `${join(cwd, 'convkit.config.mjs')} is code, which this command does not run: give what it needs as flags`,
    ])
    await expect(loadConfig({ cwd, ...none, run: false, configFile: 'convkit.config.mjs' })).rejects.toThrow(
      /Error: run/,
    )
  })

  it('trusts a file of this user, of the owner of the folder that it is run in, and of root', () => {
    const [self, other] = [1000, 1001]
    expect(isTrusted({ file: self, folder: other, self })).toBe(true)
    expect(isTrusted({ file: other, folder: other, self })).toBe(true)
    expect(isTrusted({ file: 0, folder: self, self })).toBe(true)
    expect(isTrusted({ file: other, folder: self, self })).toBe(false)
    expect(isTrusted({ file: other, folder: 0, self: 0 })).toBe(false)
    expect(isTrusted({ file: 0, folder: 0, self: undefined })).toBe(true)
  })

  it('reads TypeScript, with a model factory', async () => {
    const text = 'const epochs: number = 5\nexport default { epochs, model: (backend: unknown) => ({ backend }) }'
    const { settings } = await loadConfig({ cwd: await folder({ 'convkit.config.ts': text }), ...none })
    expect(settings.epochs).toBe(5)
    expect(settings.model).toBeTypeOf('function')
  })

  it('gives a backend that has providers the last one that was named', async () => {
    const cwd = await folder({ 'convkit.config.json': '{ "backend": { "name": "gpu", "threads": 2 } }' })
    const backend = async (provider: string | undefined, flags: { readonly [name: string]: string }) =>
      (await loadConfig({ cwd, env: provider ? { CONVKIT_PROVIDER: provider } : {}, flags })).settings.backend
    expect(await backend(undefined, {})).toEqual({ name: 'gpu', threads: 2 })
    expect(await backend('webgpu', {})).toEqual({ name: 'gpu', threads: 2, provider: 'webgpu' })
    expect(await backend('webgpu', { provider: 'cpu' })).toEqual({ name: 'gpu', threads: 2, provider: 'cpu' })
    expect(await backend('webgpu', { backend: 'gpu' })).toBe('gpu:provider=webgpu')
    expect(await backend('webgpu', { backend: 'gpu:provider=cpu,threads=1' })).toBe('gpu:provider=cpu,threads=1')
    expect(await backend(undefined, { backend: 'gpu:provider=cpu', provider: 'cuda' })).toBe('gpu:provider=cuda')
    // It was meant for the backend that has them.
    expect(await backend('webgpu', { backend: 'wasm' })).toBe('wasm')
    await expect(backend(undefined, { backend: 'wasm', provider: 'cpu' })).rejects.toThrow(
      'provider cpu: backend wasm has no providers; the gpu backend has: --backend gpu',
    )
  })

  it('counts relative paths from where they were written', async () => {
    const cwd = await folder({
      '.git': '',
      'convkit.config.json': '{ "backend": "./b.js", "dataDir": "data", "out": "w" }',
    })
    const inner = join(cwd, 'inner')
    await mkdir(inner)
    const loaded = await loadConfig({ cwd: inner, env: { CONVKIT_OUT: 'w' }, flags: {} })
    expect(loaded).toMatchObject({ backendFrom: cwd, settings: { dataDir: join(cwd, 'data'), out: join(inner, 'w') } })
    expect(await loadConfig({ cwd: inner, env: {}, flags: { backend: './b.js' } })).toMatchObject({
      backendFrom: inner,
    })
  })
})

describe('errors', () => {
  async function problem(files: { readonly [name: string]: string }, more: Partial<typeof none> = {}) {
    const cwd = await folder(files)
    const error: unknown = await loadConfig({ cwd, ...none, ...more }).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'ConfigError' })
    return String((error as Error).message).replaceAll(`${cwd}/`, '')
  }

  it('names file, key, expected and got, one line a problem', async () => {
    const text = '{ "dtype": "float16", "batchSize": 0, "seed": 1.5, "augment": "yes", "backend": {} }'
    expect((await problem({ 'convkit.config.json': text })).split('\n').sort()).toEqual([
      'convkit.config.json: augment: expected none or a list such as flip,crop=4 of flip, alternatingFlip, crop, reflectCrop and cutout, got "yes"',
      'convkit.config.json: backend: expected a name, a package, a ./path or { name, ...options }, got {}',
      'convkit.config.json: batchSize: expected a whole number from 1 to 1000000000, got 0',
      'convkit.config.json: dtype: expected one of float32, float64, got "float16"',
      `convkit.config.json: seed: expected ${seeds}, got 1.5`,
    ])
  })

  it('names the variable or the flag as the user wrote it', async () => {
    const env = { CONVKIT_BATCH_SIZE: 'many', CONVKIT_DEBUG: '1' }
    expect(await problem({}, { env })).toBe(
      'CONVKIT_BATCH_SIZE: expected a whole number from 1 to 1000000000, got "many"',
    )
    expect(await problem({}, { flags: { learningRate: '-1' } })).toBe(
      '--learning-rate: expected a number from 1e-30 to 1000000, got -1',
    )
    expect(await problem({}, { env: { CONVKIT_SEED: '' } })).toBe(`CONVKIT_SEED: expected ${seeds}, got ""`)
  })

  it('suggests the setting that a misspelt key means, wherever it stands', async () => {
    const typo = fc
      .constantFrom(...names)
      .chain((name) => fc.record({ name: fc.constant(name), at: fc.integer({ min: 1, max: name.length - 1 }) }))
    await fc.assert(
      fc.asyncProperty(typo, async ({ name, at }) => {
        const misspelt = `${name.slice(0, at)}Q${name.slice(at)}`
        const text = JSON.stringify({ [misspelt]: 1 })
        expect(await problem({ 'convkit.config.json': text })).toBe(
          `convkit.config.json: ${misspelt}: unknown; did you mean ${name}?`,
        )
      }),
      { numRuns: 40, seed: 3 },
    )
  })

  it('warns of a variable that is no setting, and does not end for it', async () => {
    const env = { CONVKIT_BACKND: 'naive', CONVKIT_PORT_80_TCP: 'tcp://10.0.0.1:80' }
    expect((await loadConfig({ cwd: await folder(), flags: {}, env })).warnings).toEqual([
      'CONVKIT_BACKND is no setting; did you mean CONVKIT_BACKEND?',
      'CONVKIT_PORT_80_TCP is no setting',
    ])
  })

  it.each([
    ['convkit.config.json', '{ "epochs": 1', /^convkit\.config\.json: not valid JSON: SyntaxError: /],
    ['convkit.config.ts', 'export default { epochs: 1', /^convkit\.config\.ts: could not be loaded: /],
    ['convkit.config.mjs', 'throw new Error("no")', /^convkit\.config\.mjs: could not be loaded: Error: no$/],
    ['convkit.config.mjs', 'export const epochs = 1', /: expected the configuration object as its default export, got/],
  ])('says in one line that %s holding %j cannot be read', async (name, text, line) => {
    expect(await problem({ [name]: text })).toMatch(line)
    expect(await problem({ [name]: text })).not.toContain('\n')
  })

  it('says which --config file is missing', async () => {
    const cwd = await folder()
    await expect(loadConfig({ cwd, ...none, configFile: 'gone.json' })).rejects.toThrow(/gone\.json: .*ENOENT/)
  })

  it('takes no device or folder for one', async () => {
    for (const configFile of ['/dev/zero', await folder()])
      await expect(loadConfig({ cwd: '/', ...none, configFile })).rejects.toThrow(
        /: expected a file, .json or a module$/,
      )
  })
})

it('gives every setting a flag and a variable of its own', () => {
  expect(new Set(names.map(flagName)).size).toBe(names.length)
  expect(new Set(names.map(variableName)).size).toBe(names.length)
  expect(flagName('batchSize')).toBe('--batch-size')
  expect(variableName('batchSize')).toBe('CONVKIT_BATCH_SIZE')
})
