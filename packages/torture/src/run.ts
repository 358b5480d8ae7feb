import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { markdownTable } from 'markdown-table'
import type { Case, Part } from './case.js'
import { diskCases, noDisks } from './disks.js'
import { fuzzCases } from './fuzz/cases.js'
import { makeInputs } from './inputs.js'
import { killCases } from './kills.js'
import { help, type Options, readOptions } from './options.js'
import { pairCases, sameFileCase } from './pairs.js'
import { type Prepared, prepare } from './prepared.js'
import { State } from './state.js'
import { writersOf } from './writers.js'

const jobs = 2
const say = (line: string) => process.stderr.write(`${line}\n`)

async function main(options: Options): Promise<boolean> {
  const { seed, short } = options
  const file = `../.state/${seed}-${short ? 'short' : 'full'}-${options.cases ?? 'all'}.jsonl`
  const state = await State.open(fileURLToPath(new URL(file, import.meta.url)))
  say(
    `torture: seed ${seed}, ${short ? 'short' : 'full'} form; preparing takes about ${short ? 'half a minute' : 'a minute'}`,
  )
  if (state.count > 0) say(`going on: ${state.count} cases are done`)
  const work = await mkdtemp(join(tmpdir(), 'convkit-torture-'))
  const drop = () => rm(work, { recursive: true, force: true })
  process.once('SIGINT', () => void drop().finally(() => process.exit(130)))
  try {
    const { cases, left } = await plan(options, work)
    const todo = cases.filter(({ name }) => !state.of(name))
    const seconds = todo.reduce((sum, one) => sum + one.seconds, 0) / jobs
    say(
      `${todo.length} cases to go, about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`}`,
    )
    await runAll(todo, state)
    const failures = report(cases, state)
    for (const line of left) say(line)
    await state.forget()
    return failures === 0
  } finally {
    await drop()
  }
}

/** All cases, in an order that has something of everything early. */
async function plan({ only, cases, seed, short }: Options, work: string) {
  const counts: { readonly [part in Part]: number } = {
    kills: cases ?? (short ? 24 : 1000),
    disks: cases ?? (short ? 3 : 200),
    fuzz: cases ?? (short ? 4000 : 100_000),
    pairs: cases ?? (short ? 1 : 10),
  }
  const all: Case[] = []
  const left: string[] = []
  if (only.includes('fuzz')) all.push(...fuzzCases(counts.fuzz, seed))
  if (only.some((part) => part !== 'fuzz')) {
    const prepared: Prepared[] = []
    // The notebook needs CIFAR-10 and takes long: the short form leaves it out, and says so.
    for (const writer of writersOf(await makeInputs(work)))
      if (short && writer.name === 'notebook') left.push('notebook: not in the short form')
      else prepared.push(await prepare(writer, work))
    const disks = only.includes('disks') ? await noDisks(work) : null
    if (disks !== null) left.push(`disks: not run, none can be mounted here: ${disks}`)
    for (const one of prepared) {
      const kills = Math.round(counts.kills * one.writer.share)
      if (only.includes('kills') && kills > 0) all.push(...killCases(one, kills, seed, work))
      if (only.includes('disks') && disks === null) all.push(...(await diskCases(one, counts.disks, work)))
      if (only.includes('pairs')) all.push(...pairCases(one, counts.pairs, work))
      if (only.includes('pairs') && one.writer.name === 'train') all.push(sameFileCase(one, work))
    }
  }
  return { cases: all, left }
}

async function runAll(cases: readonly Case[], state: State): Promise<void> {
  const queue = cases.values()
  let done = 0
  let told = 0
  const work = async () => {
    for (const one of queue) {
      const begun = performance.now()
      const faults = await one.run().catch((error: unknown) => [String(error)])
      for (const fault of faults) say(`${one.name}: ${fault}`)
      await state.add({ name: one.name, faults, seconds: (performance.now() - begun) / 1000 })
      done++
      if (performance.now() - told > 10_000) {
        told = performance.now()
        say(`${done} of ${cases.length}: ${one.name}`)
      }
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
}

/** Prints a table, and gives the number of failures. */
function report(cases: readonly Case[], state: State): number {
  const rows = new Map<string, { count: number; failures: number; seconds: number }>()
  for (const { part, subject, name, count } of cases) {
    const key = `${part}|${subject}`
    const row = rows.get(key) ?? { count: 0, failures: 0, seconds: 0 }
    const finished = state.of(name)
    if (!finished) throw new Error(`${name} has not run`)
    row.count += count
    row.failures += finished.faults.length
    row.seconds += finished.seconds
    rows.set(key, row)
  }
  const lines = [...rows].map(([key, { count, failures, seconds }]) => [
    ...key.split('|'),
    String(count),
    String(failures),
    seconds.toFixed(0),
  ])
  process.stdout.write(`${markdownTable([['part', 'of', 'cases', 'failures', 'seconds'], ...lines])}\n`)
  return [...rows.values()].reduce((sum, { failures }) => sum + failures, 0)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) process.stdout.write(help)
  else if (!(await main(options))) process.exitCode = 1
} catch (error) {
  say(`torture: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 2
}
