import { readFile } from 'node:fs/promises'
import type { Report } from '@convkit/conformance'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { expectClean, longestTask, visit } from './visit.js'

async function run(page: Page, cases: number): Promise<void> {
  await page.getByLabel('Cases a check').fill(String(cases))
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
    expect(report.checks.filter(({ status }) => status !== 'passed').map(({ id }) => id)).toEqual([])
    expect(report.score.specified).toBeGreaterThan(700)
    expect(report.checks.some(({ law }) => law === 'reference')).toBe(true)
    expect(report.environment.browser).toContain('Chrome')
    expect(report.environment.webgpu).toBeTruthy()
    await page.getByText('100 %').waitFor()
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
    const failure = page.getByRole('article').filter({ hasText: 'relu/forward/float32' })
    await failure.getByText(/is .*, expected 0/).waitFor()
    await failure.getByText('convkit conformance ./mine.js --only relu/forward/float32').waitFor()
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
