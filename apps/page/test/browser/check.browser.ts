import { readFile } from 'node:fs/promises'
import { failuresOf, type Report } from '@convkit/conformance'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { expectClean, longestTask, visit } from './visit.js'

async function run(page: Page, cases: number, only = ''): Promise<void> {
  await page.getByLabel('Cases a check').fill(String(cases))
  await page.getByLabel('Only').fill(only)
  await page.getByRole('button', { name: /^Check/ }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  await page.getByRole('button', { name: /^Check/ }).waitFor({ timeout: 280_000 })
}

async function reportOf(page: Page): Promise<Report> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the report' }).click(),
  ])
  return JSON.parse(await readFile(await download.path(), 'utf8'))
}

/** Four functions and a relu of its own: what the suite is to find. */
function module(relu: string): { name: string; mimeType: string; buffer: Buffer } {
  const code = `export const backend = {
    name: 'mine', description: 'for a test',
    kernels: { float32: { relu: { ${relu} } } },
    alloc: (length, dtype) => ({ data: dtype === 'int32' ? new Int32Array(length) : new Float32Array(length) }),
    free() {},
    write(storage, data) { storage.data = data.slice() },
    async read(storage, into) { if (!into) return storage.data.slice(); into.set(storage.data); return into },
  }`
  return { name: 'mine.js', mimeType: 'text/javascript', buffer: Buffer.from(code) }
}

describe('the check', () => {
  it('passes wasm with the whole suite, and writes the report that the command writes', async () => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    const longest = await longestTask(here, () => run(page, 4))
    process.stdout.write(`check: the main thread worked for at most ${longest.toFixed()} ms at a time\n`)
    expect(longest).toBeLessThan(100)
    const report = await reportOf(page)
    expect(failuresOf(report).map(({ id }) => id)).toEqual([])
    expect(report.score.passed).toBe(report.score.claimed)
    expect(report.score.claimed).toBeGreaterThan(700)
    expect(report.checks.some(({ law }) => law === 'reference')).toBe(true)
    expect(report.environment.browser).toContain('Chrome')
    expect(report.environment.webgpu).toBeTruthy()
    await page.getByText('100 %').waitFor()
    await expectClean(here)
  })

  it.each([
    { name: 'naive', only: '', least: 700, runsOn: /^plain TypeScript/ },
    // The backend's own tests run the whole suite in a browser, which takes minutes without a graphics card.
    {
      name: 'gpu, WebGPU',
      only: 'training conv2d batchNorm/forward adam',
      least: 30,
      runsOn: /^onnxruntime-web .*, WebGPU in a browser, .* a software adapter/,
    },
    {
      name: 'gpu, WebGL',
      only: 'training conv2d batchNorm/forward adam',
      least: 30,
      runsOn: /^onnxruntime-web .*, WebGL 2 /,
    },
  ])('finds $name right', async ({ name, only, least, runsOn }) => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    await page.getByRole('checkbox', { name: 'wasm' }).uncheck()
    await page.getByRole('checkbox', { name: new RegExp(`^${name}`) }).check()
    await run(page, 1, only)
    const report = await reportOf(page)
    expect(failuresOf(report).map(({ id, failure }) => `${id}: ${failure?.message}`)).toEqual([])
    expect(report.score.passed).toBe(report.score.claimed)
    expect(report.score.claimed).toBeGreaterThan(least)
    expect(report.backend.description).toMatch(runsOn)
    await expectClean(here)
  })

  it('says why a backend is not there, and which names there are not', async () => {
    await using here = await visit({
      view: 'check',
      before: () => Object.defineProperty(navigator, 'gpu', { value: undefined }),
    })
    const { page } = here
    await page.getByText('not here: this browser has no WebGPU').waitFor()
    expect(await page.getByRole('checkbox', { name: /^gpu, WebGPU/ }).isDisabled()).toBe(true)
    await run(page, 1, 'conv3d')
    await page.getByRole('alert').getByText('no check is named conv3d').waitFor()
    await expectClean(here)
  })

  it('catches a broken backend from a file, and shows the smallest case', async () => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    await page.getByRole('checkbox', { name: 'wasm' }).uncheck()
    const wrong = module(`
      forward(d, x, y) { for (let i = 0; i < y.data.length; i++) y.data[i] = Math.abs(x.data[i]) },
      backward(d, dy, y, dx) { for (let i = 0; i < dx.data.length; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : 0 },`)
    await page.getByLabel('A backend of your own').setInputFiles(wrong)
    await run(page, 10)
    // Whichever check has the smallest case stands for those that fail for the same cause.
    const failure = page.getByRole('article').filter({ hasText: 'relu/forward/float32' }).first()
    await failure.getByText(/is .*, expected 0/).waitFor()
    await failure.getByText(/^npx convkit conformance \.\/mine\.js --only relu\//).waitFor()
    await expectClean(here)
  })

  it('names a kernel that returns a promise, and hears nothing of what becomes of that', async () => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    await page.getByRole('checkbox', { name: 'wasm' }).uncheck()
    await page
      .getByLabel('A backend of your own')
      .setInputFiles(module("async forward() { throw new Error('the device is gone') }"))
    await run(page, 2, 'relu')
    await page
      .getByText('kernel relu.forward returned a promise; kernels must queue and return nothing')
      .first()
      .waitFor()
    expect(await page.getByText('the device is gone').count()).toBe(0)
    await expectClean(here)
  })

  it('outlives a kernel that never returns', async () => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    await page.getByRole('checkbox', { name: 'wasm' }).uncheck()
    await page.getByLabel('A backend of your own').setInputFiles(module('forward() { for (;;); }'))
    await page.getByLabel('Cases a check').fill('2')
    await page.getByRole('button', { name: 'Check' }).click()
    const failure = page.getByRole('article').filter({ hasText: 'relu/forward/float32' })
    await failure.getByText('no answer within 20 s').waitFor({ timeout: 120_000 })
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Check' }).waitFor()
    expect(here.said).toEqual([])
  })

  it('lets a visitor’s module reach nothing', async () => {
    await using here = await visit({ view: 'check' })
    const { page } = here
    await page.getByRole('checkbox', { name: 'wasm' }).uncheck()
    const nosy = module('').buffer.toString().replace("'for a test'", "'fetch was ' + answer")
    const code = `const answer = await fetch('data/references.json').then(() => 'allowed', () => 'refused')\n${nosy}`
    await page
      .getByLabel('A backend of your own')
      .setInputFiles({ name: 'nosy.js', mimeType: 'text/javascript', buffer: Buffer.from(code) })
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('fetch was refused').waitFor()
  })
})
