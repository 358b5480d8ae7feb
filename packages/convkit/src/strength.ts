import {
  allChecks,
  allMutants,
  type MutantResult,
  mutationMarkdown,
  mutationReport,
  percent,
  seconds,
  type Trial,
} from '@convkit/conformance'
import { type BackendSource, type LongRunOptions, runMutants, runTrials } from '@convkit/conformance/node'
import writeFileAtomic from 'write-file-atomic'
import { note, print, progressBar } from './terminal.js'

export interface StrengthOptions extends Omit<LongRunOptions, 'seeds'> {
  readonly seed: number
  readonly runs?: number | undefined
  readonly json?: string | undefined
  readonly markdown?: string | undefined
}

/** One seed, every check: prints the mutation score and writes the matrix. Gives whether all died as they should. */
export async function printMutationScore({ json, markdown, ...options }: StrengthOptions): Promise<boolean> {
  const runs = options.runs ?? 40
  const results = await collect(runMutants({ ...options, runs, seeds: 1, firstOnly: false }), allMutants.length)
  const report = mutationReport(allMutants, results, allChecks(), { seed: options.seed, runs })
  const { killed, mutants, survivors, unforeseen, twins } = report.score
  if (markdown !== undefined) await writeFileAtomic(markdown, mutationMarkdown(report))
  if (json !== undefined) await writeFileAtomic(json, `${JSON.stringify(report)}\n`)
  for (const name of survivors) print(`alive: ${name}`)
  for (const name of unforeseen) print(`dead, but by no check that it names: ${name}`)
  for (const names of twins) print(`not told apart: ${names.join(', ')}`)
  const score = percent({ passed: killed, specified: mutants })
  print(
    `conformance: mutants: ${killed} of ${mutants} killed as named (${score}), seed ${options.seed}, ${time(results)}`,
  )
  return killed === mutants && twins.length === 0
}

/** Many seeds, each mutant until its first kill. Gives whether each died at each seed as it should. */
export async function printMutantsAtSeeds({ json, ...options }: StrengthOptions, seeds: number): Promise<boolean> {
  const total = allMutants.length * seeds
  const results = await collect(runMutants({ ...options, seeds, firstOnly: true }), total)
  const failed = results.filter(({ kills }) => !kills.some(({ named }) => named))
  if (json !== undefined) await writeFileAtomic(json, `${JSON.stringify(results)}\n`)
  for (const { mutant, seed, kills } of failed)
    print(`${kills.length === 0 ? 'alive' : 'dead, but by no check that it names'}: ${mutant}, seed ${seed}`)
  const always = allMutants.length - new Set(failed.map(({ mutant }) => mutant)).size
  const last = options.seed + seeds - 1
  print(
    `conformance: mutants: ${always} of ${allMutants.length} killed as named at each of ${seeds} seeds, ${options.seed} to ${last}, ${time(results)}`,
  )
  return failed.length === 0
}

/** One case of every check a seed. Gives whether no right answer was called wrong. */
export async function printFalseAlarms(
  source: BackendSource,
  { json, ...options }: StrengthOptions,
  seeds: number,
): Promise<boolean> {
  const results = await collect(runTrials(source, { ...options, seeds }), seeds)
  const alarms = results.flatMap(({ seed, alarms }) => alarms.map((alarm) => ({ seed, ...alarm })))
  const cases = results.reduce((sum, trial) => sum + trial.cases, 0)
  if (json !== undefined) await writeFileAtomic(json, `${JSON.stringify({ seeds, cases, alarms })}\n`)
  for (const { seed, id, message } of alarms) print(`${id}, seed ${seed}: ${message}`)
  const last = options.seed + seeds - 1
  print(
    `conformance: ${alarms.length} alarms in ${cases} cases, one a check at ${seeds} seeds, ${options.seed} to ${last}, ${time(results)}`,
  )
  return alarms.length === 0
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
