import { ConfigError, relu, Scope } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { createBackend } from '../src/createBackend.js'
import { folder } from './support/folder.js'
import { ownBackend } from './support/ownBackend.js'

async function reluOf(backend: Awaited<ReturnType<typeof createBackend>>) {
  using scope = new Scope(backend)
  return Array.from(await relu.forward(scope, { x: scope.from(Float32Array.of(-1, 2), [2]) }).y.read())
}

describe('a module of the user’s own', () => {
  it.each([
    ['named `backend`', 'mine.js', ownBackend],
    ['default', 'mine.mjs', `${ownBackend}\nexport default backend`.replace('export const', 'const')],
    [
      'made by a function',
      'mine.mjs',
      `${ownBackend}\nexport const createBackend = () => backend`.replace('export const', 'const'),
    ],
    [
      'made by an async function',
      'mine.mjs',
      `${ownBackend}\nexport const createBackend = async () => backend`.replace('export const', 'const'),
    ],
    ['in TypeScript', 'mine.ts', ownBackend.replace('(length, dtype)', '(length: number, dtype: keyof typeof arrays)')],
  ])('serves when it is %s, with naive for the kernels that it lacks', async (_, name, text) => {
    const from = await folder({ [name]: text, 'package.json': '{ "type": "module" }' })
    const told: string[] = []
    const backend = await createBackend(`./${name}`, { from, onFallback: (kernel) => told.push(kernel) })
    expect(backend.name).toBe('mine')
    expect(await reluOf(backend)).toEqual([0, 2])
    expect(await reluOf(backend)).toEqual([0, 2])
    expect(told).toEqual(['relu.forward'])
  })

  it('hands over the options beside its name', async () => {
    const text = `${ownBackend}\nexport const createBackend = (o) => ({ ...backend, description: JSON.stringify(o) })`
    const from = await folder({ 'mine.mjs': text.replace('export const backend', 'const backend') })
    const { description } = await createBackend({ name: './mine.mjs', threads: 2 }, { from })
    expect(description).toContain('{"threads":2}')
  })

  it('comes from an npm package too', async () => {
    const from = await folder({
      'node_modules/convkit-mine/package.json': '{ "type": "module", "exports": { "import": "./main.js" } }',
      'node_modules/convkit-mine/main.js': ownBackend,
      'convkit-mine/notes.txt': 'a folder of the same name is not meant',
    })
    expect((await createBackend('convkit-mine', { from })).name).toBe('mine')
  })

  it('does not fall back when strict', async () => {
    const from = await folder({ 'mine.mjs': ownBackend })
    const backend = await createBackend('./mine.mjs', { from, strict: true })
    await expect(reluOf(backend)).rejects.toThrow(/relu.forward: mine: no kernel.*strict/)
  })
})

describe('errors', () => {
  it.each([
    [
      { stric: true },
      'createBackend: there is no option stric; did you mean strict? (known: from, threads, strict, onFallback)',
    ],
    [
      { thread: 2 },
      'createBackend: there is no option thread; did you mean threads? (known: from, threads, strict, onFallback)',
    ],
    [null, 'createBackend: options must be an object, got null'],
  ])('refuses the options %j', async (options, message) => {
    // @ts-expect-error: what JavaScript lets through
    await expect(createBackend('naive', options)).rejects.toThrow(new ConfigError(message))
  })

  it.each([undefined, null, 5, {}, { threads: 2 }, ['wasm']])('refuses %j as a backend', async (config) => {
    // @ts-expect-error: what JavaScript lets through
    const error = await createBackend(config).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toContain('backend: expected a name, a package, a ./path or { name, ...options }, got ')
  })

  async function problem(name: string, files: { readonly [name: string]: string } = {}): Promise<string> {
    const from = await folder(files)
    const error: unknown = await createBackend(name, { from }).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'ConfigError' })
    const { message } = error as Error
    expect(message).not.toContain('\n')
    return message
  }

  it.each(['alloc', 'free', 'write', 'read', 'kernels', 'name', 'description'])(
    'names a missing %s',
    async (member) => {
      const text = ownBackend.replace(`  ${member}:`, `  without:`)
      expect(await problem('./mine.mjs', { 'mine.mjs': text })).toMatch(
        new RegExp(`^backend ./mine.mjs is not a backend: missing ${member} \\(\\w+\\)$`),
      )
    },
  )

  it.each([
    ['{ float32: { conv2D: {} } }', /kernels\.float32\.conv2D is no layer; did you mean conv2d\?/],
    ['{ float16: {} }', /kernels\.float16 is no dtype/],
    ['{ float64: { relu: { foward() {} } } }', /kernels\.float64\.relu\.foward is no kernel; did you mean forward\?/],
  ])('does not let misspelt kernels %s fall back in silence', async (kernels, message) => {
    const text = ownBackend.replace('kernels: {}', `kernels: ${kernels}`)
    expect(await problem('./mine.mjs', { 'mine.mjs': text })).toMatch(message)
  })

  it('reads the options of a known backend behind its name', async () => {
    const { description } = await createBackend('wasm:threads=1,fma=false')
    expect(description).toMatch(/^WebAssembly, 128-bit SIMD, 1 thread, /)
    expect((await createBackend('wasm:threads=2')).description).toMatch(/, 2 threads, /)
    await expect(createBackend('wasm:threads')).rejects.toThrow('expected option=value after wasm:, got threads')
  })

  it('makes the gpu backend on the provider that its option names', async () => {
    const { name, description } = await createBackend('gpu:provider=cpu,threads=2')
    expect({ name, description }).toEqual({
      name: 'gpu',
      description: expect.stringMatching(/^onnxruntime \d+\.\d+\.\d+ on the processor, 2 threads, no GPU/),
    })
    await expect(createBackend('gpu:provider=cude')).rejects.toThrow(
      'backend gpu: expected one of auto, cuda, webgpu, cpu for provider, got "cude"',
    )
  })

  it('lists the known names and the nearest for an unknown one', async () => {
    expect(await problem('nave')).toMatch(/^backend nave is unknown; did you mean naive\? \(known: naive, wasm, gpu; /)
    expect(await problem('constructor')).toMatch(/^backend constructor is unknown \(known: naive, wasm, gpu; /)
  })

  it('says what is wrong with a module', async () => {
    const files = {
      'empty.mjs': 'export const other = 1',
      'throws.mjs': 'throw new TypeError("boom")',
      'fails.mjs': 'export const createBackend = () => { throw new Error("no device") }',
      'number.mjs': 'export const backend = 3',
      'broken.ts': 'export const backend: = 3',
    }
    expect(await problem('./empty.mjs', files)).toMatch(/must export a backend .* it exports other$/)
    expect(await problem('./throws.mjs', files)).toMatch(/throws\.mjs: could not be loaded: TypeError: boom$/)
    expect(await problem('./fails.mjs', files)).toMatch(/createBackend failed: Error: no device$/)
    expect(await problem('./number.mjs', files)).toMatch(/is not a backend: it is a number$/)
    expect(await problem('./broken.ts', files)).toMatch(/broken\.ts: could not be loaded: /)
    expect(await problem('./gone.mjs', files)).toMatch(/there is no file .*gone\.mjs$/)
    expect(await problem('empty.mjs', files)).toMatch(/empty\.mjs is unknown; for the file write \.\/empty\.mjs/)
  })

  it('does not take options that a known backend lacks', async () => {
    await expect(createBackend({ name: 'naive', threads: 2 })).rejects.toThrow(/naive takes no options, got threads/)
    await expect(createBackend({ name: 'wasm', thread: 2 })).rejects.toThrow(
      'backend wasm has no option thread; did you mean threads? (known: threads, fma, winograd, memoryLimit, debug, wasmUrl, wasmBinary)',
    )
    await expect(createBackend({ name: 'wasm', threads: 'all' })).rejects.toThrow(
      'backend wasm: expected a whole number from 1 to 128 for threads, got "all"',
    )
  })
})
