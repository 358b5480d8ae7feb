import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { expectClean, visit } from './visit.js'

it('the speed of wasm is measured, layer by layer, above that of naive', async () => {
  await using here = await visit({ view: 'speed' })
  const { page } = here
  await page.getByRole('button', { name: 'Measure' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor()
  await page.getByRole('button', { name: 'Measure' }).waitFor({ timeout: 280_000 })
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as JSON' }).click(),
  ])
  const { rows, problems } = JSON.parse(await readFile(await download.path(), 'utf8'))
  expect(problems).toEqual([])
  expect(rows).toHaveLength(13)
  for (const { workload, pass, speedup } of rows)
    expect({ workload, pass, fast: speedup > 2 }).toMatchObject({ fast: true })
  await expectClean(here)
})
