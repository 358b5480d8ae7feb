import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name })

/** Steps taken, as the page says. */
export async function stepsTaken(page: Page): Promise<number> {
  const text = await page.locator('.numbers').textContent()
  return Number(/step (\d+)/.exec(text ?? '')?.[1] ?? 0)
}

export async function until(page: Page, steps: number): Promise<void> {
  await expect.poll(() => stepsTaken(page), { timeout: 120_000, interval: 200 }).toBeGreaterThanOrEqual(steps)
}

/** The file that a button hands out. */
export async function save(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()])
  return await readFile(await download.path())
}
