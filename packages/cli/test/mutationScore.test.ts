import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'

it('counts no false alarm on the right backend, and goes on from the file it is given', async () => {
  const cwd = await folder({})
  const [resume, json, markdown] = ['alarms.jsonl', 'alarms.json', 'alarms.md'].map((name) => join(cwd, name))
  const files = ['--resume', resume, '--json', json, '--markdown', markdown]
  const run = (seeds: string) => convkit('conformance', 'naive', '--false-alarms', seeds, ...files, '--seed', '7')
  const first = await run('1')
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 0 alarms in 1\d{3} cases, .* 7 to 7, /) })
  const kept = await readFile(resume, 'utf8')
  const note = '\n<!-- kept when this file is generated again -->\n\n## By hand\n'
  await appendFile(markdown, note)
  const again = await run('1')
  expect(again.stdout).toBe(first.stdout)
  expect(await readFile(resume, 'utf8')).toBe(kept)
  expect((await readFile(markdown, 'utf8')).endsWith(note)).toBe(true)
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ seeds: 1, alarms: [] })
  expect(await readFile(markdown, 'utf8')).toMatch(
    /\| float32 \| [5-8]\d\d \| 0 \| [\d.]+e-3 \|\n\| float64 \| [5-8]\d\d \| 0 \|/,
  )
})

it('names the mutants that too few cases leave alive, and refuses to mix two runs in one file', async () => {
  const resume = join(await folder({}), 'mutants.jsonl')
  const run = (...args: readonly string[]) => convkit('conformance', '--mutants', '--resume', resume, ...args)
  const { code, stdout } = await run('--seeds', '1', '--runs', '1')
  expect(stdout).toMatch(/^alive: [\w/-]+, seed 231$/m)
  expect(stdout).toMatch(/\nconformance: mutants: \d{3} of \d{3} killed as named at each of 1 seeds, 231 to 231, /)
  expect(code).toBe(1)
  const other = await run('--seeds', '1', '--runs', '2')
  expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/mutants\.jsonl holds another run/) })
}, 240_000)
