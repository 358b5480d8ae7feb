import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { allChecks, percent, seconds, type Trial } from '@convkit/conformance'
import type { BackendSource } from '@convkit/conformance/node'
import { writeWholeFile } from '@convkit/files'
import {
  allMutants,
  type Mutant,
  type MutantResult,
  type MutationReport,
  museum,
  museumMarkdown,
  mutationMarkdown,
  mutationReport,
} from '@convkit/mutants'
import { type LongRunOptions, runMutants, runTrials } from '@convkit/mutants/node'
import { note, print, progressBar } from './terminal.js'

export interface StrengthOptions extends Omit<LongRunOptions, 'seeds'> {
  readonly seed: number
  readonly runs?: number | undefined
  readonly json?: string | undefined
  readonly markdown?: string | undefined
}

/** Mutants that are run together, and how their report reads. */
export interface Bank {
  readonly name: 'mutants' | 'museum'
  readonly mutants: readonly Mutant[]
  /** Whether each meets only as many checks as it takes to die, those that it names first. */
  readonly firstOnly: boolean
  markdown(report: MutationReport): string
}

export const bankOfMutants: Bank = {
  name: 'mutants',
  mutants: allMutants,
  firstOnly: false,
  markdown: mutationMarkdown,
}
export const museumOfBugs: Bank = { name: 'museum', mutants: museum, firstOnly: true, markdown: museumMarkdown }

/** One seed, every check: prints the mutation score and writes the report. Gives whether all died as they should. */
export async function printMutationScore(
  bank: Bank,
  { json, markdown, ...options }: StrengthOptions,
): Promise<boolean> {
  const runs = options.runs ?? 40
  const run = runMutants(bank.mutants, { ...options, runs, seeds: 1, firstOnly: bank.firstOnly })
  const results = await collect(run, bank.mutants.length)
  const report = mutationReport(bank.mutants, results, allChecks(), { seed: options.seed, runs })
  const { killed, mutants, survivors, unforeseen } = report.score
  // What fails only the first check may do the same there.
  const twins = bank.firstOnly ? [] : report.score.twins
  if (markdown !== undefined) await writeMarkdown(markdown, bank.markdown(report))
  if (json !== undefined) await writeWholeFile(json, `${JSON.stringify(report)}\n`)
  for (const name of survivors) print(`alive: ${name}`)
  for (const name of unforeseen) print(`dead, but by no check that it names: ${name}`)
  for (const names of twins) print(`not told apart: ${names.join(', ')}`)
  const score = percent(killed, mutants)
  print(
    `conformance: ${bank.name}: ${killed} of ${mutants} killed as named (${score}), seed ${options.seed}, ${time(results)}`,
  )
  return killed === mutants && twins.length === 0
}

/** Many seeds, each mutant until its first kill. Gives whether each died at each seed as it should. */
export async function printMutantsAtSeeds(
  { name, mutants }: Bank,
  { json, ...options }: StrengthOptions,
  seeds: number,
): Promise<boolean> {
  const total = mutants.length * seeds
  const results = await collect(runMutants(mutants, { ...options, seeds, firstOnly: true }), total)
  const failed = results.filter(({ kills }) => !kills.some(({ named }) => named))
  if (json !== undefined) await writeWholeFile(json, `${JSON.stringify(results)}\n`)
  for (const { mutant, seed, kills } of failed)
    print(`${kills.length === 0 ? 'alive' : 'dead, but by no check that it names'}: ${mutant}, seed ${seed}`)
  const always = mutants.length - new Set(failed.map(({ mutant }) => mutant)).size
  const last = options.seed + seeds - 1
  print(
    `conformance: ${name}: ${always} of ${mutants.length} killed as named at each of ${seeds} seeds, ${options.seed} to ${last}, ${time(results)}`,
  )
  return failed.length === 0
}

/** Cases of every check at many seeds. Gives whether no right answer was called wrong. */
export async function printFalseAlarms(
  source: BackendSource,
  { json, markdown, ...options }: StrengthOptions,
  seeds: number,
): Promise<boolean> {
  const runs = options.runs ?? 1
  const results = await collect(runTrials(source, { ...options, runs, seeds }), seeds)
  const alarms = results.flatMap(({ seed, alarms }) => alarms.map((alarm) => ({ seed, ...alarm })))
  const cases = results.reduce((sum, trial) => sum + trial.cases, 0)
  if (json !== undefined) await writeWholeFile(json, `${JSON.stringify({ seeds, cases, alarms })}\n`)
  for (const { seed, id, message } of alarms) print(`${id}, seed ${seed}: ${message}`)
  const last = options.seed + seeds - 1
  if (markdown !== undefined) await writeMarkdown(markdown, alarmsMarkdown(results, runs))
  print(
    `conformance: ${alarms.length} alarms in ${cases} cases, ${aCheck(runs)} at ${seeds} seeds, ${options.seed} to ${last}, ${time(results)}`,
  )
  return alarms.length === 0
}

/** What follows this line in a report was written by hand, and stays. */
const keptFrom = '\n<!-- kept when this file is generated again -->\n'

async function writeMarkdown(path: string, text: string): Promise<void> {
  const before = existsSync(path) ? await readFile(path, 'utf8') : ''
  const at = before.indexOf(keptFrom)
  await writeWholeFile(path, at < 0 ? text : `${text}${before.slice(at)}`)
}

function aCheck(runs: number): string {
  return runs === 1 ? 'one a check' : `up to ${runs} a check`
}

function alarmsMarkdown(trials: readonly Trial[], runs: number): string {
  const rows = ['float32', 'float64', 'int32'].map((dtype) => {
    const cases = trials.reduce((sum, trial) => sum + (trial.dtypes[dtype] ?? 0), 0)
    const alarms = trials.reduce((sum, trial) => sum + trial.alarms.filter(({ id }) => id.endsWith(dtype)).length, 0)
    return `| ${dtype} | ${cases} | ${alarms} | ${alarms === 0 ? (3 / cases).toExponential(1) : '–'} |`
  })
  return `# False alarms: how often the conformance suite calls a right backend wrong

Generated by \`convkit conformance naive --false-alarms ${trials.length}${runs === 1 ? '' : ` --runs ${runs}`} --markdown FILE\`: seeds ${trials[0]?.seed} to ${trials.at(-1)?.seed},
${aCheck(runs)} and seed, ${time(trials)}. Where no alarm was seen in n cases, the rate is below 3 / n with
95 % confidence.

| dtype | cases | alarms | rate below |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

async function collect<R extends MutantResult | Trial>(results: AsyncIterable<R>, total: number): Promise<R[]> {
  const bar = progressBar(total)
  const all: R[] = []
  try {
    for await (const result of results) {
      all.push(result)
      bar.update(all.length, 'mutant' in result ? result.mutant : `seed ${result.seed}`)
      if (!process.stderr.isTTY && all.length % Math.ceil(total / 20) === 0) note(`${all.length} of ${total}`)
    }
  } finally {
    bar.stop()
  }
  // Whatever order the processes had.
  return all.toSorted((a, b) => a.seed - b.seed)
}

function time(results: readonly { readonly ms: number }[]): string {
  return `${seconds(results.reduce((sum, { ms }) => sum + ms, 0))} s of computing`
}
