import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { ConfigError } from '@convkit/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WasmOptions } from '../src/index.js'
import { platform } from '../src/platform/node.js'
import { make } from './support/backend.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the options of createWasm', () => {
  it.each([0, -1, 1.5, Number.NaN, 129, '2'])('refuse threads: %j', async (threads) => {
    await expect(make({ threads: threads as number })).rejects.toThrow(
      new ConfigError(`wasm: threads must be a whole number from 1 to 128, got ${threads}`),
    )
  })

  it.each([0, 2 ** 20 - 1, 2 ** 32 + 1, 1e9 + 0.5, Number.NaN])('refuse memoryLimit: %j', async (memoryLimit) => {
    await expect(make({ memoryLimit })).rejects.toThrow(
      new ConfigError(`wasm: memoryLimit must be between 1048576 and 4294967296 bytes, got ${memoryLimit}`),
    )
  })

  it('refuse fma: true where the engine has none, and do without it otherwise', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    vi.spyOn(platform, 'enableRelaxedSimd').mockReturnValue()
    await expect(make({ fma: true })).rejects.toThrow(
      new ConfigError(
        `wasm: fma needs relaxed SIMD and a processor that fuses, which ${platform.engine} does not have here`,
      ),
    )
    await using backend = await make({ threads: 1 })
    expect(backend.description).toBe(`WebAssembly, 128-bit SIMD, 1 thread, ${platform.engine}`)
  })

  it('refuse names that they do not know, with the one that was meant', async () => {
    await expect(make({ thread: 2 } as WasmOptions)).rejects.toThrow(
      /^wasm: there is no option thread; did you mean threads\?/,
    )
  })

  it.each(['fma', 'winograd', 'debug'])('refuse anything but true and false for %s', async (name) => {
    await expect(make({ [name]: 'no' })).rejects.toThrow(new ConfigError(`wasm: ${name} must be true or false, got no`))
  })

  it('take any limit that is allowed', async () => {
    for (const memoryLimit of [2 ** 20, 2 ** 20 + 1, 2 ** 32]) await (await make({ threads: 2, memoryLimit })).close()
  })
})

describe('wasmUrl', () => {
  const folder = new URL('../wasm/', import.meta.url)

  it.each([
    ['a URL', folder],
    ['an address', folder.href.replace(/\/$/, '')],
    ['a path', fileURLToPath(folder)],
  ])('takes the modules and the workers from a folder: %s', async (_, wasmUrl) => {
    const copy = await mkdtemp(join(tmpdir(), 'convkit wasm-'))
    try {
      await cp(folder, copy, { recursive: true })
      const place = String(wasmUrl).startsWith('file:') ? pathToFileURL(copy) : copy
      await using backend = await make({ threads: 2, wasmUrl: wasmUrl instanceof URL ? new URL(place) : String(place) })
      expect(backend.description).toContain(', 2 threads, ')
    } finally {
      await rm(copy, { recursive: true })
    }
  })

  it('that holds no modules is an error that names the file and the option', async () => {
    const made = make({ threads: 1, wasmUrl: '/no/such/folder' })
    await expect(made).rejects.toThrow(ConfigError)
    await expect(made).rejects.toThrow(
      /^wasm: cannot load file:\/\/\/no\/such\/folder\/float(32|64)-.*-plain\.wasm: ENOENT.*; the option wasmUrl says where/,
    )
  })
})

describe('wasmBinary', () => {
  const read = (file: string) => readFileSync(new URL(`../wasm/${file}`, import.meta.url))

  it.each<[string, NonNullable<WasmOptions['wasmBinary']>]>([
    ['bytes', read],
    ['a promise of bytes', async (file) => read(file)],
    ['an ArrayBuffer', (file) => Uint8Array.from(read(file)).buffer],
    [
      'an ArrayBuffer of another realm',
      (file) => runInNewContext('bytes => Uint8Array.from(bytes).buffer')(read(file)),
    ],
  ])('gives the modules and the workers as %s', async (_, wasmBinary) => {
    await using backend = await make({ threads: 2, wasmBinary })
    expect(backend.description).toContain(', 2 threads, ')
  })

  it('is asked for what is used, and for no script on one thread', async () => {
    const asked: string[] = []
    const wasmBinary = (file: string) => {
      asked.push(file)
      return read(file)
    }
    await using _ = await make({ threads: 1, fma: false, wasmBinary })
    expect(asked.sort()).toEqual(['float32-simd-plain.wasm', 'float64-simd-plain.wasm'])
  })

  it.each([undefined, null, 'bytes', [0, 1]])('that gives %j is an error that names the file', async (given) => {
    await expect(make({ threads: 1, wasmBinary: () => given as never })).rejects.toThrow(
      /^wasm: expected the bytes of float(32|64)-.*-plain\.wasm from wasmBinary, a Uint8Array or an ArrayBuffer, got \[object/,
    )
  })

  it('is one of two ways to say the same', async () => {
    await expect(make({ wasmUrl: '/', wasmBinary: read })).rejects.toThrow(
      'wasm: wasmUrl and wasmBinary both say where the modules are; give one of them',
    )
    await expect(make({ wasmBinary: read('float32-fma-plain.wasm') as never })).rejects.toThrow(
      "wasm: wasmBinary must be a function from a file's name to its bytes, got object",
    )
  })
})

it('what a server gives instead of a module is not taken for one', async () => {
  const page = new TextEncoder().encode('<!doctype html><title>Not found</title>')
  const expected = /is no WebAssembly module: it begins with "<!doctype html><"; /
  vi.spyOn(platform, 'load').mockResolvedValue(page)
  await expect(make({ threads: 1 })).rejects.toThrow(expected)
  await expect(make({ threads: 1, wasmBinary: () => page })).rejects.toThrow(expected)
  await expect(make({ threads: 1, wasmBinary: () => new Uint8Array() })).rejects.toThrow('it begins with ""')
})

/** What a backend in a Node of its own says of itself, or why there is none. */
function said(flags: readonly string[], options: WasmOptions = {}): string {
  const program = `
    import { createWasm } from '@convkit/backend-wasm'
    try {
      const backend = await createWasm(${JSON.stringify(options)})
      console.log(backend.description)
      await backend.close()
    } catch (error) {
      console.log(error.name, error.message)
    }`
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`.trim()
}

describe('an engine that lacks something', () => {
  it.each(['--jitless', '--import=data:text/javascript,delete(globalThis.WebAssembly)'])(
    'WebAssembly (%s): one line, which names naive',
    (flag) => {
      expect(said([flag])).toMatch(
        /^ConfigError wasm: Node .* has no WebAssembly, or it is switched off; backend naive/,
      )
    },
  )

  it('SIMD: one line, which names naive', () => {
    expect(said(['--no-enable-sse4-1'])).toMatch(
      /^ConfigError wasm: Node .* does not compile its modules: .*SIMD unsupported.*; backend naive needs none of it$/,
    )
  })

  it('a fused multiply-add: it does not claim one', () => {
    expect(said(['--no-enable-fma3'], { threads: 1 })).toMatch(/^WebAssembly, 128-bit SIMD, 1 thread, Node/)
    expect(said(['--no-enable-fma3'], { threads: 1, fma: true })).toMatch(
      /^ConfigError wasm: fma needs relaxed SIMD and/,
    )
  })

  it('leave to start workers: one thread, and why', () => {
    const flag = ['--permission', '--experimental-permission'].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    )
    const permission = [String(flag), '--allow-fs-read=*', '--no-warnings']
    expect(said(permission, { threads: 2 })).toMatch(
      /^WebAssembly, .*, 1 thread \(workers cannot start: .*restricted.*\), Node/,
    )
  })
})

describe('the description', () => {
  it.each([
    [{ threads: 1 }, '128-bit SIMD with fused multiply-add, 1 thread'],
    [{ threads: 3 }, '128-bit SIMD with fused multiply-add, 3 threads'],
    [{ threads: 2, fma: false }, '128-bit SIMD, 2 threads'],
    [{}, `128-bit SIMD with fused multiply-add, ${platform.processors} threads`],
  ])('of %j says what runs', async (options, words) => {
    await using backend = await make(options)
    expect(backend.description).toBe(`WebAssembly, ${words}, ${platform.engine}`)
  })

  it('says why there is only one thread', async () => {
    vi.spyOn(platform, 'noThreads', 'get').mockReturnValue('the page is not cross-origin isolated')
    await using backend = await make({ threads: 4 })
    expect(backend.description).toContain('1 thread (the page is not cross-origin isolated)')
  })
})
