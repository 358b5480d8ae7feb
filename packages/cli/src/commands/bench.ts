import { setTimeout } from 'node:timers/promises'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError } from '@convkit/api'
import {
  compareReports,
  comparisonText,
  gateText,
  holdAgainst,
  parseBaseline,
  parseReport,
  type Report,
  terminalText,
  withPeersOf,
} from '@convkit/bench'
import { checkPlaces, writeWholeFile } from '@convkit/files'
import { type BenchFlags, type BenchRun, prepareRun } from '../bench/run.js'
import { writeOutputs } from '../bench/write.js'
import { flagName } from '../config/load.js'
import { readJson, readText } from '../readText.js'
import { note, print } from '../terminal.js'
import { placesOf } from './settings.js'

export function benchCommand(): CommandUnknownOpts {
  return new Command('bench')
    .summary('measure a backend against naive and against the machine')
    .description(
      "Measure a backend's speed: against naive, against the machine's own peaks and against other libraries. Results are held to their error bounds first; a wrong kernel has no speed.",
    )
    .argument(
      '[backend]',
      'a known name (wasm:threads=2), an npm package or a ./module.js; default: all that are known',
    )
    .option('--quick', 'a few minutes: fewer workloads, and less time for what is slow')
    .option('--only <names...>', 'only these workloads (W1, conv2d, GEMM) or tables (layers, scaling, ...)')
    .option('--workload <files...>', 'your own workloads, JSON files')
    .option('--recipe <names...>', 'the nets of these recipes instead, or of a ./file.ts (see `convkit recipes`)')
    .option('--batch-size <images...>', "images of their steps, one workload each (default: the recipe's)")
    .option('--pytorch <python>', 'their steps in PyTorch as well, by this Python')
    .addOption(new Option('--dtype <name>', 'only this number type').choices(['float32', 'float64'] as const))
    .option('--peers <module>', 'other libraries as well: a module that exports createPeers')
    .option('--json <file>', 'write every sample and the environment as JSON')
    .option('--markdown <file>', 'write the tables as a page, with its plots in a folder beside it')
    .option('--html <file>', 'write tables and plots as one page that needs nothing else')
    .option(
      '--from <reports...>',
      'measure nothing: show an earlier JSON report, and beside it libraries of other ones',
    )
    .option('--compare <reports...>', 'measure nothing: what changed from one JSON report to another, beyond the noise')
    .option('--gate <file>', 'fail where a speed-up over naive is lower than in this file, beyond the noise')
    .option('--save-gate <file>', 'write the speed-ups for --gate')
    .addOption(new Option('--resample <report>', 'sample the rows of a report again').hideHelp())
    .addHelpText(
      'after',
      `
Exits with 1 when a result is wrong or a gate fails. Figures are worth something on a quiet machine alone.

Examples:
  convkit bench --quick
  convkit bench ./my-backend.js --only W1 W2 conv2d
  convkit bench wasm:threads=4 --dtype float32 --json new.json
  convkit bench wasm --workload my-layer.json
  convkit bench --recipe cifar10-93 --batch-size 100 500 --pytorch python3
  convkit bench --compare old.json new.json
  convkit bench wasm --quick --save-gate speed.json      once, then
  convkit bench wasm --quick --gate speed.json           whenever something has changed`,
    )
    .action(async (backend, options) => {
      checkTogether(backend, options)
      if (options.compare) {
        const [before, after, ...more] = options.compare
        if (before === undefined || after === undefined || more.length > 0)
          throw new ConfigError(`--compare: expected two reports, got ${options.compare.length}`)
        print(comparisonText(compareReports(await readReport(before), await readReport(after))))
        return
      }
      if (options.resample !== undefined) {
        const run = await prepareRun(backend, options)
        await writeWholeFile(options.json ?? '', JSON.stringify(await run.resample(await readReport(options.resample))))
        return
      }
      const { json, markdown, html, saveGate } = options
      await checkPlaces(placesOf({ json, markdown, html, saveGate }))
      const run = options.from === undefined ? await prepareRun(backend, options) : null
      const report = run ? await run.measure() : await readReports(options.from ?? [])
      await writeOutputs(report, options)
      print(terminalText(report))
      if (report.failures.length > 0) process.exitCode = 1
      if (options.gate !== undefined && !(await passes(options.gate, report, run))) process.exitCode = 1
    })
}

/** Seconds before each further look at what seems slower: a neighbour on the same memory is busy for a while. */
const pauses = [0, 15, 60]

/**
 * Prints how the run stands against stored ratios. Rows that seem to have become slower are measured again: the machine
 * may have been busy just then, and only what is slower every time is.
 */
async function passes(file: string, report: Report, run: BenchRun | null): Promise<boolean> {
  const baseline = parseBaseline(file, await readText(file))
  const first = holdAgainst(baseline, report)
  let { slower } = first
  for (const pause of pauses) {
    if (slower.length === 0 || !run) break
    await setTimeout(1000 * pause)
    const names = new Set(slower.map(({ row }) => row.split(', ', 1)[0]))
    note(`measuring again what seems slower: ${[...names].join(', ')}`)
    const again = holdAgainst(baseline, await run.measure((workload) => names.has(workload.name)), first.noise)
    slower = slower.filter(({ row }) => again.slower.some((other) => other.row === row))
  }
  print(`\n${gateText({ ...first, slower }, baseline)}`)
  return slower.length === 0
}

/** What measures nothing has no use for what says how to measure. */
function checkTogether(backend: string | undefined, { compare, from, ...others }: Measuring): void {
  for (const name of ['batchSize', 'pytorch'] as const)
    if (others[name] !== undefined && !others.recipe)
      throw new ConfigError(`${flagName(name)}: expected --recipe with the nets to run`)
  const instead = compare ? '--compare' : from ? '--from' : null
  if (instead === null) return
  const { quick, only, workload, recipe, dtype, peers, json, markdown, html, gate, saveGate } = others
  const written = compare ? { json, markdown, html, gate, saveGate, from } : {}
  const measured = { backend, quick, only, workload, recipe, dtype, peers }
  const idle = Object.entries({ ...measured, ...written }).flatMap(([name, value]) =>
    value === undefined ? [] : [name === 'backend' ? `backend ${value}` : flagName(name)],
  )
  if (idle.length > 0) throw new ConfigError(`${instead} measures nothing: expected it without ${idle.join(', ')}`)
}

interface Measuring extends BenchFlags {
  readonly compare?: readonly string[] | undefined
  readonly from?: readonly string[] | undefined
  readonly json?: string | undefined
  readonly markdown?: string | undefined
  readonly html?: string | undefined
  readonly gate?: string | undefined
  readonly saveGate?: string | undefined
}

/** The first, with the other libraries of those after it. */
async function readReports([first = '', ...others]: readonly string[]): Promise<Report> {
  let report = await readReport(first)
  for (const file of others) report = withPeersOf(report, file, await readJson(file))
  return report
}

async function readReport(file: string): Promise<Report> {
  return parseReport(file, await readJson(file))
}
