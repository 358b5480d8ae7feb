import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, expect } from 'vitest'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Without them Chromium has WebGPU on graphics cards only; WebGL needs none. */
const softwareWebgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']
let folder: string
let server: PreviewServer
let browser: Browser

/** As a user of the package would build it: nothing is configured for it. */
async function byVite(outDir: string): Promise<void> {
  const root = new URL('../page', import.meta.url).pathname
  await build({ configFile: false, root, logLevel: 'error', build: { outDir, emptyOutDir: true, minify: false } })
}

/** Builds the page, serves it and starts a browser for the tests of one file. */
export function serveThePage(fill: (folder: string) => Promise<void> = byVite): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convkit-page-'))
    await fill(folder)
    server = await preview({
      configFile: false,
      root: folder,
      logLevel: 'error',
      // Like most servers: what is not there is not found.
      appType: 'mpa',
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port: 0 },
    })
    const executablePath = browsers.find(existsSync)
    if (!executablePath) throw new Error(`there is no Chromium: looked for ${browsers.join(', ')}`)
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...softwareWebgpu] })
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await rm(folder, { recursive: true, force: true })
  })
}

/** Calls a function of the page's in a page of its own, and demands silence on its console unless it is to be `noisy`. */
export async function visit<T>(
  name: 'examine' | 'trainFor' | 'describe',
  input: object,
  before?: () => void,
  noisy = false,
): Promise<T> {
  const page = await browser.newPage()
  if (before) await page.addInitScript(before)
  const said = listenTo(page)
  try {
    await page.goto(server.resolvedUrls?.local[0] ?? '')
    const result = await page.evaluate(([name, input]): Promise<T> => Reflect.get(globalThis, name)(input), [
      name,
      input,
    ] as const)
    if (!noisy) expect(said).toEqual([])
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
