// The pictures of docs/images/page: every view at a phone's width and a desktop's, light and dark. Needs a build.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'
import { preview } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('../../../docs/images/page/', import.meta.url))
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Without them Chromium has WebGPU on graphics cards only. */
const softwareWebgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } }

/** Wrong on purpose: its relu passes what is above -1. */
const broken = `export const backend = {
  name: 'my-backend', description: 'a relu of its own, the rest not written yet',
  kernels: { float32: { relu: {
    forward(d, x, y) { for (let i = 0; i < y.data.length; i++) y.data[i] = Math.max(x.data[i], -1) },
    backward(d, dy, y, dx) { for (let i = 0; i < dx.data.length; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : 0 },
  } } },
  alloc: (length, dtype) => ({ data: dtype === 'int32' ? new Int32Array(length) : new Float32Array(length) }),
  free() {},
  write(storage, data) { storage.data = data.slice() },
  async read(storage, into) { if (!into) return storage.data.slice(); into.set(storage.data); return into },
}`

await mkdir(folder, { recursive: true })
const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } })
const browser = await chromium.launch({
  executablePath: browsers.find(existsSync),
  args: ['--no-sandbox', ...softwareWebgpu],
})
const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage()
await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`)

await page.getByRole('button', { name: 'Start training' }).click()
await page.getByText(/step [67]\d\d/).waitFor({ timeout: 280_000 })
await page.getByRole('button', { name: 'Pause' }).click()
await page.getByText('Paused.').waitFor()
await shoot('train')

await page.getByText('Network, data and training').click()
await page.getByLabel('Recipe').selectOption('sequential')
await page.getByRole('row', { name: 'convBnReluPool2' }).waitFor()
await shoot('settings', ['light'], 1000)

await page.getByRole('link', { name: 'Speed' }).click()
await page.getByRole('button', { name: 'Measure' }).click()
await page.getByRole('button', { name: 'Download as JSON' }).waitFor({ timeout: 280_000 })
await shoot('speed')

await page.getByRole('link', { name: 'Check' }).click()
await page.getByLabel('Cases a check').fill('2')
for (const name of [/^naive/, /^gpu, WebGPU/, /^gpu, WebGL/]) await page.getByRole('checkbox', { name }).check()
await page.getByLabel('A backend of your own').setInputFiles({
  name: 'my-backend.js',
  mimeType: 'text/javascript',
  buffer: Buffer.from(broken),
})
await page.getByRole('button', { name: 'Check 5 backends' }).click()
await page.getByRole('button', { name: 'Stop' }).waitFor()
await page.getByRole('button', { name: 'Check 5 backends' }).waitFor({ timeout: 900_000 })
await shoot('check')

await browser.close()
await server.close()
process.exit()

async function shoot(view, schemes = ['light', 'dark'], most = Number.POSITIVE_INFINITY) {
  for (const colorScheme of schemes)
    for (const [device, size] of Object.entries(sizes)) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.mouse.move(0, 0)
      await page.evaluate(() => document.activeElement?.blur())
      // The charts measure their width.
      await page.waitForTimeout(300)
      const png = sharp(await page.screenshot({ fullPage: true }))
      const { width, height } = await png.metadata()
      await png
        .extract({ left: 0, top: 0, width, height: Math.min(height, most) })
        .webp({ quality: 82, effort: 6 })
        .toFile(`${folder}${view}-${device}-${colorScheme}.webp`)
    }
}
