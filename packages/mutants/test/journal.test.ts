import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@convkit/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal } from '../src/journal.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
})
afterEach(() => rm(folder, { recursive: true }))

const run = { of: 'tests' }

test('a journal gives back what was added, in order', async () => {
  const file = join(folder, 'a.jsonl')
  const first = await openJournal<number>(file, run)
  expect(first.done).toEqual([])
  for (const value of [3, 1, 2]) await first.add(value)
  expect((await openJournal<number>(file, run)).done).toEqual([3, 1, 2])
})

test('a line that was cut short is left out, and the next is whole', async () => {
  const file = join(folder, 'a.jsonl')
  const first = await openJournal<{ readonly seed: number }>(file, run)
  await first.add({ seed: 1 })
  await appendFile(file, '{"seed":')
  const second = await openJournal<{ readonly seed: number }>(file, run)
  expect(second.done).toEqual([{ seed: 1 }])
  await second.add({ seed: 2 })
  expect((await openJournal(file, run)).done).toEqual([{ seed: 1 }, { seed: 2 }])
})

test('the journal of another run is refused and left as it is', async () => {
  const file = join(folder, 'a.jsonl')
  await (await openJournal<number>(file, run)).add(1)
  const before = await readFile(file, 'utf8')
  await expect(openJournal(file, { of: 'others' })).rejects.toThrow(ConfigError)
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('without a file nothing is kept', async () => {
  const journal = await openJournal<number>(undefined, run)
  await journal.add(1)
  expect(journal.done).toEqual([])
})
