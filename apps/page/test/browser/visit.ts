import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject } from 'vitest'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Without them Chromium has WebGPU on graphics cards only; WebGL needs none. */
const softwareWebgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

let browser: Browser

beforeAll(async () => {
  const executablePath = browsers.find(existsSync)
  if (!executablePath) throw new Error(`there is no Chromium: looked for ${browsers.join(', ')}`)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...softwareWebgpu] })
})

afterAll(async () => await browser?.close())

export interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained of. */
  readonly said: readonly string[]
  /** Every address that was asked for. */
  readonly asked: readonly string[]
}

export interface VisitOptions {
  readonly view?: string
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
  /** Default false: what is cached would hide what is asked for. */
  readonly serviceWorker?: boolean
  /** In the page, before its own scripts. */
  readonly before?: () => void
}

/** Opens the page as somebody who was never here. */
export async function visit(options: VisitOptions = {}): Promise<Visit> {
  const { view = 'train', width = 1280, height = 900, colorScheme = 'light', serviceWorker = false } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    serviceWorkers: serviceWorker ? 'allow' : 'block',
    acceptDownloads: true,
  })
  const page = await context.newPage()
  if (options.before) await page.addInitScript(options.before)
  const said: string[] = []
  const asked: string[] = []
  page.on('console', (message) => {
    if (!expected.test(message.text())) said.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`))
  context.on('request', (request) => asked.push(request.url()))
  await page.goto(`${inject('url')}#${view}`)
  return {
    page,
    context,
    said,
    asked,
    [Symbol.asyncDispose]: () => context.close(),
  }
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the processor, which those that the thread had to wait for others are no part of. */
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** The longest that the page's main thread worked without a break while `work` went on, in milliseconds. */
export async function longestTask({ page }: Visit, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel'] })
  await work()
  const { traceEvents }: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(
    (await browser.stopTracing()).toString(),
  )
  const mains = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
  const isMain = ({ pid, tid }: TraceEvent) => mains.some((main) => main.pid === pid && main.tid === tid)
  const tasks = traceEvents.filter((event) => event.name.includes('RunTask') && event.tdur && isMain(event))
  expect(tasks.length).toBeGreaterThan(0)
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000))
}

/** WebGL's driver says that reading waits, which it has to; and the test itself blocks service workers. */
const expected = /GPU stall due to ReadPixels|Service Worker registration blocked by Playwright/

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: unknown }[]
}

/** What axe-core finds, each rule with the elements that break it. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // By the debugger's way, which the page's policy has no say in.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(
    async (): Promise<Violation[]> => (await Reflect.get(globalThis, 'axe').run()).violations,
  )
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target).join(', ')}`)
}

/** Pixels that the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
}

export async function expectClean({ page, said }: Visit): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([])
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect(said).toEqual([])
}
