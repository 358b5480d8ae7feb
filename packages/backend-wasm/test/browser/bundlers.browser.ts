import { existsSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import * as vite from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WasmOptions } from '../../src/index.js'
import { type Consumer, makeConsumer, rightTotal, wasmFolder } from '../support/consumer.js'
import { serveFolder } from './serve.js'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const page = (script: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8" /><link rel="icon" href="data:," /><title>A consumer</title>${script}</html>`
let consumer: Consumer
let browser: Browser

beforeAll(async () => {
  consumer = await makeConsumer({
    'main.js': `
import { sum } from './sum.js'
globalThis.sum = (options) => sum(options).catch((error) => ({ error: error.name + ': ' + error.message }))
// A function cannot be handed over from outside.
globalThis.sumOfBytes = (options) =>
  sum({ ...options, wasmBinary: async (file) => (await fetch('/kernels/' + file)).arrayBuffer() })`,
    'index.html': page('<script type="module" src="./main.js"></script>'),
  })
  const { root } = consumer
  const shared: esbuild.BuildOptions = { absWorkingDir: root, bundle: true, entryPoints: ['main.js'] }
  for (const format of ['esm', 'iife'] as const) {
    const outdir = join(root, `esbuild-${format}`)
    await mkdir(outdir)
    await esbuild.build({ ...shared, format, outdir, logOverride: { 'empty-import-meta': 'silent' } })
    const type = format === 'esm' ? 'module' : 'text/javascript'
    await writeFile(join(outdir, 'index.html'), page(`<script type="${type}" src="main.js"></script>`))
    await cp(wasmFolder(consumer), join(outdir, 'kernels'), { recursive: true })
  }
  await vite.build({
    configFile: false,
    root,
    logLevel: 'error',
    build: { outDir: join(root, 'vite'), copyPublicDir: false },
  })
  await cp(wasmFolder(consumer), join(root, 'vite/kernels'), { recursive: true })
  const executablePath = browsers.find(existsSync)
  if (!executablePath) throw new Error(`there is no Chromium: looked for ${browsers.join(', ')}`)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  await consumer?.[Symbol.asyncDispose]()
})

interface Result {
  readonly total?: number
  readonly description?: string
  readonly error?: string
}

interface Visit {
  readonly said: readonly string[]
  readonly result: Result
}

async function visit(
  folder: string,
  options: WasmOptions,
  { name = 'sum', policy = '' }: { readonly name?: 'sum' | 'sumOfBytes'; readonly policy?: string } = {},
): Promise<Visit> {
  await using server = await serveFolder(join(consumer.root, folder), { isolated: true, policy })
  const page = await browser.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(String(error)))
  try {
    await page.goto(server.url)
    const result = await page.evaluate(([name, options]): Promise<Result> => Reflect.get(globalThis, name)(options), [
      name,
      options,
    ] as const)
    return { said, result }
  } finally {
    await page.close()
  }
}

function expectRight({ said, result: { total, description } }: Visit, threads: number): void {
  expect(said).toEqual([])
  expect(total).toBe(rightTotal)
  expect(description).toContain(`, ${threads} thread${threads === 1 ? '' : 's'}, Mozilla`)
}

describe.each([1, 2])('a page on %i of two threads', (threads) => {
  it('built by Vite finds everything by itself', async () => {
    expectRight(await visit('vite', { threads }), threads)
  })

  it.each(['vite', 'esbuild-esm', 'esbuild-iife'])(
    '%s: computes with its modules where wasmUrl says',
    async (folder) => {
      expectRight(await visit(folder, { threads, wasmUrl: '/kernels/' }), threads)
    },
  )

  it.each(['vite', 'esbuild-iife'])('%s: computes with bytes that it loaded itself', async (folder) => {
    expectRight(await visit(folder, { threads }, { name: 'sumOfBytes' }), threads)
  })
})

it.each(['esbuild-esm', 'esbuild-iife'])(
  '%s without its modules says which option names their place',
  async (folder) => {
    const { result } = await visit(folder, { threads: 1 })
    expect(result.error).toMatch(
      /^ConfigError: wasm: cannot load .*float(32|64)-.*-plain\.wasm.*; the option wasmUrl says where the folder wasm\/ .* is$/,
    )
  },
)

describe("a page's policy", () => {
  it('that forbids workers leaves one thread, and says why', async () => {
    const { result } = await visit('vite', { threads: 2 }, { policy: "worker-src 'none'" })
    expect(result.total).toBe(rightTotal)
    expect(result.description).toMatch(/, 1 thread \(workers cannot start: .*the page forbids it\), Mozilla/)
  })

  it('that forbids WebAssembly gives one line, which names naive', async () => {
    const { result } = await visit('vite', { threads: 2 }, { policy: "script-src 'self'" })
    expect(result.error).toMatch(
      /^ConfigError: wasm: .* does not compile its modules: .*; backend naive needs none of it$/,
    )
  })

  it('that allows just both is enough for all threads', async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:"
    expectRight(await visit('vite', { threads: 2 }, { policy }), 2)
  })
})
