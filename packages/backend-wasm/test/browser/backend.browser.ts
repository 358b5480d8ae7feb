import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Examination, Result } from './page/examine.js'
import { serveFolder } from './serve.js'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
let folder: string
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convkit-page-'))
  // As a user of the package would build it: nothing is configured for it.
  await build({
    configFile: false,
    root: new URL('page', import.meta.url).pathname,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, minify: false },
  })
  const executablePath = browsers.find(existsSync)
  if (!executablePath) throw new Error(`there is no Chromium: looked for ${browsers.join(', ')}`)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a page that is cross-origin isolated', () => {
  it('computes on several threads in a worker, and passes every check', async () => {
    const { description, passed, failures } = await visit({ isolated: true, where: 'worker' }, { options: {}, runs: 4 })
    expect(failures).toEqual([])
    expect(passed).toBeGreaterThan(0)
    expect(description).toMatch(/fused multiply-add, ([2-9]|\d\d+) threads, .*Chrome/)
  })

  it('computes on several threads in the page itself', async () => {
    const { description, failures } = await visit(
      { isolated: true, where: 'page' },
      { options: { threads: 3 }, runs: 4, layer: ['relu', 'vector', 'conv2d'] },
    )
    expect(failures).toEqual([])
    expect(description).toContain(', 3 threads, ')
  })
})

describe('a page that is not', () => {
  it.each(['page', 'worker'] as const)('computes on one thread, and says why (%s)', async (where) => {
    const { description, failures, passed } = await visit(
      { isolated: false, where },
      { options: { threads: 4 }, runs: 4, layer: ['relu', 'vector', 'conv2d'] },
    )
    expect(failures).toEqual([])
    expect(passed).toBeGreaterThan(0)
    expect(description).toContain(', 1 thread (the page is not cross-origin isolated), ')
  })
})

/** Opens the page, examines the backend there, and demands silence on its console. */
async function visit(
  { isolated, where }: { readonly isolated: boolean; readonly where: 'page' | 'worker' },
  examination: Examination,
): Promise<Result> {
  await using server = await serveFolder(folder, { isolated })
  const page = await browser.newPage()
  const said = listenTo(page)
  try {
    await page.goto(server.url)
    const result = await page.evaluate(([name, input]): Promise<Result> => Reflect.get(globalThis, name)(input), [
      where === 'page' ? 'examine' : 'examineInWorker',
      examination,
    ] as const)
    expect(said).toEqual([])
    return result
  } finally {
    await page.close()
  }
}

function listenTo(page: Page): string[] {
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`))
  return said
}
