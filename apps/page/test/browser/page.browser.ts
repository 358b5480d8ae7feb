import { readdir, readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, inject, it } from 'vitest'
import { expectClean, longestTask, visit } from './visit.js'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const views = ['train', 'check', 'speed'] as const

describe('every view', () => {
  it.each(views.flatMap((view) => (['light', 'dark'] as const).map((colorScheme) => ({ view, colorScheme }))))(
    '$view, $colorScheme: fits a phone, and axe-core finds nothing',
    async ({ view, colorScheme }) => {
      await using here = await visit({ view, colorScheme, width: 360, height: 740 })
      await here.page.getByRole('heading', { level: 1 }).filter({ visible: true }).waitFor()
      await expectClean(here)
    },
  )

  it('is reached with the keyboard alone', async () => {
    await using here = await visit()
    const { page } = here
    const focused = () => page.evaluate(() => document.activeElement?.textContent)
    for (const wanted of ['Skip to the content', 'Train', 'Check']) {
      await page.keyboard.press('Tab')
      expect(await focused()).toBe(wanted)
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Is it right on this device?' }).waitFor()
  })
})

it('the measure of the main thread sees a task that is too long', async () => {
  await using here = await visit()
  const longest = await longestTask(here, () =>
    here.page.evaluate(() => {
      for (const start = performance.now(); performance.now() - start < 400; );
    }),
  )
  expect(longest).toBeGreaterThan(100)
})

describe('the page', () => {
  it('asks nobody but its own server, which sends a strict policy', async () => {
    await using here = await visit()
    const { page, asked } = here
    await page.getByRole('button', { name: 'Start training' }).click()
    await page.getByText(/step [1-9]/).waitFor()
    const origin = new URL(inject('url')).origin
    expect(asked.filter((address) => !address.startsWith(origin) && !address.startsWith('blob:'))).toEqual([])
    const response = await page.request.get(inject('url'))
    const policy = response.headers()['content-security-policy']
    expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).not.toMatch(/'unsafe-|https?:|\*/)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  })

  it('works without a network once it was loaded', async () => {
    await using here = await visit({ serviceWorker: true })
    const { page, context } = here
    await page.evaluate(async () => await navigator.serviceWorker.ready)
    await context.setOffline(true)
    await page.reload()
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await page.getByRole('button', { name: 'Start training' }).click()
    await page.getByText(/step [1-9]/).waitFor()
  })

  it('keeps to its budget of bytes', async () => {
    const html = await readFile(`${dist}/index.html`, 'utf8')
    const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name ?? '')
    const sizes = await Promise.all(first.map(async (name) => gzipSync(await readFile(`${dist}/${name}`)).length))
    const zipped = sizes.reduce((a, b) => a + b, 0)
    const data = await Promise.all(
      (await readdir(`${dist}/data`)).map(async (name) => (await stat(`${dist}/data/${name}`)).size),
    )
    process.stdout.write(`page: ${(zipped / 1000).toFixed(1)} kB gzipped before the first paint\n`)
    expect(first.length).toBeGreaterThan(0)
    expect(zipped).toBeLessThan(50_000)
    // The sample and the reference files, of which each view loads its own.
    expect(data.reduce((a, b) => a + b, 0)).toBeLessThan(13_000_000)
  })
})
