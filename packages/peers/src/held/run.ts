import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFailure } from '@convkit/conformance'
import { document } from './document.js'
import type { HeldLibrary } from './finding.js'
import type { Held, HeldCheck } from './hold.js'
import { type Judgement, judge } from './judge.js'
import { libraries } from './libraries.js'
import { runNode, shows } from './node.js'

/** Random cases a check: enough that every finding is met. */
const runs = 10
const holder = fileURLToPath(new URL('hold.js', import.meta.url))
const documentFile = fileURLToPath(new URL('../../../../docs/conformance-peers.md', import.meta.url))

const print = (text: string) => process.stdout.write(text)

async function holdModule(
  library: HeldLibrary,
  module: string,
  folder: string,
  only: readonly string[] = [],
): Promise<Held> {
  const out = join(folder, `${library.name}.json`)
  const cases = String(library.part?.runs ?? runs)
  const quiet = module !== library.module
  const { code, errors } = await runNode(library, [holder, module, out, cases, ...only], { quiet })
  if (code !== 0) throw new Error(`${library.name}: ${module} could not be held: ${errors}`)
  return JSON.parse(await readFile(out, 'utf8')) as Held
}

/** Each in a process of its own: what one breaks may make another fail. */
async function heldAround(library: HeldLibrary, folder: string): Promise<HeldCheck[]> {
  const { plain, findings } = library
  const failures: HeldCheck[] = []
  if (plain !== undefined)
    for (const check of findings.flatMap(({ around, checks }) => (around ? checks : [])))
      failures.push(...(await holdModule(library, plain, folder, [check])).checks.filter(isFailure))
  return failures
}

async function shownBy(library: HeldLibrary): Promise<Map<string, boolean>> {
  const snippets = library.findings.flatMap(({ snippet }) => snippet ?? [])
  const shown = new Map<string, boolean>()
  for (const snippet of new Set(snippets)) shown.set(snippet, await shows(library, snippet))
  return shown
}

async function holdLibrary(library: HeldLibrary, folder: string): Promise<Judgement> {
  print(`${library.name} `)
  const held = await holdModule(library, library.module, folder, library.part?.only)
  const judgement = judge(library, held, await heldAround(library, folder), await shownBy(library))
  const { passed, claimed } = held.score
  print(` ${passed} of ${claimed} passed, ${Math.round(held.ms / 1000)} s\n`)
  for (const { id, message } of judgement.unexplained) print(`  unexplained: ${id}: ${message}\n`)
  for (const reason of judgement.gone) print(`  ${reason}\n`)
  return judgement
}

const wanted = process.argv.slice(2)
const chosen = libraries.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const unknown = wanted.filter((name) => !libraries.some((library) => library.name === name))
if (unknown.length > 0)
  throw new Error(`no such library: ${unknown.join(', ')}; there are ${libraries.map(({ name }) => name).join(', ')}`)

const started = performance.now()
const folder = await mkdtemp(join(tmpdir(), 'convkit-held-'))
try {
  const judgements: Judgement[] = []
  for (const library of chosen) judgements.push(await holdLibrary(library, folder))
  const minutes = (performance.now() - started) / 60_000
  print(`${minutes.toFixed(1)} minutes\n`)
  // What is about some of them would be no document of all.
  if (chosen.length === libraries.length) await writeFile(documentFile, document(judgements, { runs, minutes }))
  if (judgements.some(({ unexplained, gone }) => unexplained.length > 0 || gone.length > 0)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}
