import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failuresOf, type Report } from '@convkit/conformance'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Examination, Training } from './page/main.js'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Without them Chromium has WebGPU on graphics cards only; WebGL needs none. */
const softwareWebgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']
const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)
let folder: string
let server: PreviewServer
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convkit-page-'))
  // As a user of the package would build it: nothing is configured for it.
  const config = {
    configFile: false,
    root: new URL('page', import.meta.url).pathname,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, minify: false },
    preview: { host: '127.0.0.1', port: 0 },
  } as const
  await build(config)
  server = await preview(config)
  const executablePath = browsers.find(existsSync)
  if (!executablePath) throw new Error(`there is no Chromium: looked for ${browsers.join(', ')}`)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...softwareWebgpu] })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

const providers = [
  {
    provider: 'webgpu',
    runs: 4,
    resident: true,
    runsOn: /^onnxruntime-web .*, WebGPU in a browser, .*, a software adapter$/,
  },
  { provider: 'webgl', runs: 2, resident: false, runsOn: /^onnxruntime-web .*, WebGL 2 .*, a software adapter$/ },
] as const

describe.each(providers)('$provider in Chromium', ({ provider, runs, runsOn, resident }) => {
  it('passes every check of the suite', async () => {
    const report = await visit<Report>('examine', { options: { provider }, runs, seed } satisfies Examination)
    await mkdir('reports', { recursive: true })
    await writeFile(`reports/conformance-${provider}-in-chromium.json`, JSON.stringify(report))
    expect(failuresOf(report).map(({ id, failure }) => `${id}: ${failure?.message}`)).toEqual([])
    expect(report.score.passed).toBe(report.score.claimed)
    // What both standards leave open is not passed.
    expect(report.score.unclaimed).toBeGreaterThan(20)
    expect(report.backend.description).toMatch(runsOn)
  })

  it('trains a hundred steps in two programs, by the one-step rule and the curve rule; no activation comes back', async () => {
    const { report, compiled, runs, down, stateBytes } = await visit<Training>('trainFor', {
      options: { provider },
      steps: 100,
    })
    expect(failuresOf(report).map(({ failure }) => failure?.message)).toEqual([])
    expect(report.score).toEqual({ passed: 1, claimed: 1, unclaimed: 0 })
    expect({ compiled, runs }).toEqual({ compiled: 2, runs: 101 })
    // The loss, and where nothing can stay on the device what the next step starts from.
    expect(down).toBe(4 + (resident ? 0 : stateBytes))
  })
})

describe('a browser without an adapter', () => {
  // In the page, before its own scripts.
  const none = () => Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null } })

  it('says so, and what would help', async () => {
    const said = await visit<string>('describe', { provider: 'webgpu' }, none)
    expect(said).toMatch(/^ConfigError: gpu: provider webgpu: no adapter was found\nit needs .*\nwithout one: /)
  })

  it('takes WebGL where it may choose, and says why', async () => {
    const said = await visit<string>('describe', { provider: 'auto' }, none)
    expect(said).toMatch(/^onnxruntime-web .*, WebGL 2 .* \(provider webgpu: no adapter was found\)$/)
  })

  it('has no provider of Node', async () => {
    const said = await visit<string>('describe', { provider: 'cuda' }, none)
    expect(said).toContain('gpu: unknown provider cuda (known: auto, webgpu, webgl)')
  })
})

/** Calls a function of the page's in a page of its own, and demands silence on its console. */
async function visit<T>(name: 'examine' | 'trainFor' | 'describe', input: object, before?: () => void): Promise<T> {
  const page = await browser.newPage()
  if (before) await page.addInitScript(before)
  const said = listenTo(page)
  try {
    await page.goto(server.resolvedUrls?.local[0] ?? '')
    const result = await page.evaluate(([name, input]): Promise<T> => Reflect.get(globalThis, name)(input), [
      name,
      input,
    ] as const)
    expect(said).toEqual([])
    return result
  } finally {
    await page.close()
  }
}

function listenTo(page: Page): string[] {
  const said: string[] = []
  page.on('console', (message) => {
    // WebGL's driver says that reading waits, which it has to.
    if (!message.text().includes('GPU stall due to ReadPixels')) said.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`))
  return said
}
