import { afterEach, expect, it, vi } from 'vitest'
import { progressBar } from '../src/terminal.js'

const wasTerminal = process.stderr.isTTY

afterEach(() => {
  vi.restoreAllMocks()
  process.stderr.isTTY = wasTerminal
})

/** What a bar of ten parts shows when so many of them are done. */
function shownAt(done: number): string {
  let shown = ''
  process.stderr.isTTY = true
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += String(text)
    return true
  })
  const bar = progressBar(10)
  bar.update(done, 'epoch 1')
  bar.stop()
  return shown
}

it('tells how long a run still takes, but not before its first part is done', () => {
  expect(shownAt(5)).toMatch(/50% epoch 1 \d+s left/)
  expect(shownAt(0)).toMatch(/0% epoch 1/)
  expect(shownAt(0)).not.toMatch(/left|NaN|Infinity/)
})
