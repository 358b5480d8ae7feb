import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { cellsOf } from '../src/held/document.js'
import type { Finding, HeldLibrary } from '../src/held/finding.js'
import type { Held } from '../src/held/hold.js'
import { judge, matches } from '../src/held/judge.js'
import { libraries } from '../src/held/libraries.js'
import { shows } from '../src/held/node.js'

const folder = new URL('../snippets/', import.meta.url)
const ownNode = Number(process.versions.node.split('.')[0])
const withSnippet = libraries.flatMap((library) =>
  library.findings.flatMap(({ snippet, verdict }) => (snippet ? [{ library, snippet, verdict }] : [])),
)

test('every snippet belongs to a finding, and every fault has one', async () => {
  const named = new Set(withSnippet.map(({ snippet }) => snippet))
  const files = (await readdir(folder)).filter((file) => file.endsWith('.mjs'))
  expect(files.toSorted()).toEqual([...named].toSorted())
  for (const { name, findings, plain } of libraries)
    for (const { verdict, snippet, checks, says, around } of findings) {
      expect(verdict !== 'fault' || (snippet !== undefined && checks.length > 0), `${name}: ${says}`).toBe(true)
      expect(around !== true || plain !== undefined, `${name}: ${says}`).toBe(true)
    }
})

test('a snippet begins with what to install, in the version that is held, and imports nothing else', async () => {
  for (const snippet of new Set(withSnippet.map((one) => one.snippet))) {
    const [first = '', ...rest] = (await readFile(new URL(snippet, folder), 'utf8')).split('\n')
    const [, installed = ''] = /^\/\/ npm install (.*?) && node \S+\.mjs/.exec(first) ?? []
    expect(first, snippet).toContain(`node ${snippet}`)
    const held = withSnippet.filter((one) => one.snippet === snippet).map(({ library }) => library.packages)
    const versions = Object.entries(Object.assign({}, ...held)).map(([name, version]) => `${name}@${version}`)
    for (const one of installed.split(' ')) expect(versions, snippet).toContain(one)
    for (const [, name = ''] of rest.join('\n').matchAll(/^import .*?'(.+)'$/gm))
      expect(installed, snippet).toContain(`${name}@`)
    expect(manifest.dependencies, snippet).toHaveProperty([installed.split(' ')[0]?.replace(/@[^@]*$/, '') ?? ''])
  }
})

test('each fault of a library that runs here shows in its snippet', { timeout: 40_000 }, async () => {
  const here = withSnippet.filter(({ library, verdict }) => verdict === 'fault' && (library.node ?? 0) <= ownNode)
  const snippets = [...new Set(here.map(({ snippet }) => snippet))]
  expect(snippets.length).toBeGreaterThan(0)
  for (const snippet of snippets) expect(await shows({}, snippet), snippet).toBe(true)
})

test('docs/conformance-peers.md has each finding, and no other', async () => {
  const text = await readFile(new URL('../../../docs/conformance-peers.md', import.meta.url), 'utf8')
  const chapters = text.split(/^## /m).slice(1)
  expect(chapters.map((chapter) => chapter.split('\n')[0])).toEqual(libraries.map(({ title }) => title))
  for (const [i, { findings }] of libraries.entries()) {
    const rows = chapters[i]?.split('\n').filter((line) => line.startsWith('| ')) ?? []
    const cells = rows.slice(2).map((row) => row.slice(2).split(' | ').slice(0, 4).join(' | ').trim())
    expect(cells.toSorted()).toEqual(findings.map((one) => cellsOf(one).join(' | ').trim()).toSorted())
  }
})

const fault: Finding = { layer: 'relu', verdict: 'fault', says: 'wrong', checks: ['relu/kink'], snippet: 'a.mjs' }
const library: HeldLibrary = { name: 'one', title: 'One', packages: {}, module: 'one/cpu', findings: [fault] }

function held(...failed: string[]): Held {
  const checks = failed.map((id) => ({ id, status: 'failed' as const, message: 'wrong', refusals: [] }))
  return { description: '', score: { passed: 0, claimed: 1, unclaimed: 0 }, ms: 1, checks }
}

test('a failure without a finding is unexplained, and a finding without a failure or a snippet that shows it is gone', () => {
  const shown = (value: boolean) => new Map([['a.mjs', value]])
  const right = judge(library, held('relu/kink/float32'), [], shown(true))
  expect([right.unexplained, right.gone]).toEqual([[], []])
  expect(judge(library, held('relu/backward/float32'), [], shown(true))).toMatchObject({
    unexplained: [{ id: 'relu/backward/float32' }],
    gone: ['no check fails by it any more: wrong'],
  })
  expect(judge(library, held('relu/kink/float32'), [], shown(false)).gone).toEqual([
    'a.mjs does not show it any more: wrong',
  ])
})

test('what the adapter gets around explains no failure of its own', () => {
  const around = { ...library, findings: [{ ...fault, around: true }] }
  const kink = held('relu/kink/float32').checks
  expect(judge(around, held(), kink, new Map()).gone).toEqual([])
  expect(judge(around, held('relu/kink/float32'), kink, new Map()).unexplained).toHaveLength(1)
})

test('a pattern may leave out the number type, and parts', () => {
  expect(matches('relu/kink', 'relu/kink/float64')).toBe(true)
  expect(matches('relu/*', 'relu/kink/float32')).toBe(true)
  expect(matches('*/seen/*', 'affine/seen/float32')).toBe(true)
  expect(matches('relu/kink', 'relu/kinks/float32')).toBe(false)
  expect(matches('maxPool2d/ties/float64', 'maxPool2d/ties/float32')).toBe(false)
})
