import { setTimeout } from 'node:timers/promises'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError, type FloatDType } from '@convkit/api'
import {
  compareReports,
  comparisonText,
  gateText,
  holdAgainst,
  type MoreSamples,
  parseBaseline,
  parseReport,
  quick,
  type Report,
  resample,
  runBench,
  shareOf,
  terminalText,
  thorough,
  type Workload,
  withPeersOf,
  withSamples,
} from '@convkit/bench'
import { checkPlaces, writeWholeFile } from '@convkit/files'
import { loadBackend } from 'convkit/internal'
import { entrantsOf, suite } from '../bench/entrants.js'
import { loadPeers } from '../bench/peers.js'
import { sampleElsewhere } from '../bench/processes.js'
import { select } from '../bench/selection.js'
import { writeOutputs } from '../bench/write.js'
import { flagName } from '../config/load.js'
import type { ConformanceSource } from '../conformanceBackend.js'
import { readJson, readText } from '../readText.js'
import { note, print, progressBar } from '../terminal.js'
import { version } from '../version.js'
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
        const run = await prepare(backend, options)
        await writeWholeFile(options.json ?? '', JSON.stringify(await run.resample(await readReport(options.resample))))
        return
      }
      const { json, markdown, html, saveGate } = options
      await checkPlaces(placesOf({ json, markdown, html, saveGate }))
      const run = options.from === undefined ? await prepare(backend, options) : null
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
async function passes(file: string, report: Report, run: Run | null): Promise<boolean> {
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
  const instead = compare ? '--compare' : from ? '--from' : null
  if (instead === null) return
  const { quick, only, workload, dtype, peers, json, markdown, html, gate, saveGate } = others
  const written = compare ? { json, markdown, html, gate, saveGate, from } : {}
  const idle = Object.entries({ backend, quick, only, workload, dtype, peers, ...written }).flatMap(([name, value]) =>
    value === undefined ? [] : [name === 'backend' ? `backend ${value}` : flagName(name)],
  )
  if (idle.length > 0) throw new ConfigError(`${instead} measures nothing: expected it without ${idle.join(', ')}`)
}

interface Measuring extends Options {
  readonly compare?: readonly string[] | undefined
  readonly from?: readonly string[] | undefined
  readonly json?: string | undefined
  readonly markdown?: string | undefined
  readonly html?: string | undefined
  readonly gate?: string | undefined
  readonly saveGate?: string | undefined
}

interface Options {
  readonly quick?: true | undefined
  readonly only?: readonly string[] | undefined
  readonly workload?: readonly string[] | undefined
  readonly dtype?: FloatDType | undefined
  readonly peers?: string | undefined
}

interface Run {
  /** Measures the chosen workloads, or some of them. */
  measure(chosen?: (workload: Workload) => boolean): Promise<Report>
  /** Samples every row of a report once more. */
  resample(report: Report): Promise<MoreSamples[]>
}

async function prepare(backend: string | undefined, options: Options): Promise<Run> {
  const { workloads, absent } = await select(options)
  const all = backend === undefined ? suite(options.quick === true) : entrantsOf(backend, ['float32', 'float64'])
  const entrants = all.filter(({ dtype }) => options.dtype === undefined || dtype === options.dtype)
  const plan = options.quick ? quick : thorough
  const others =
    options.peers === undefined ? { peers: [], absent: [] } : await loadPeers(options.peers, plan.patienceSeconds)
  const load = (config: string) => loadBackend(config)
  return {
    measure: (chosen = () => true) =>
      withBar(async (onProgress) => {
        const start = performance.now()
        const first = await runBench({
          command: commandOf(backend, options),
          version: version(),
          workloads: workloads.filter(chosen),
          entrants,
          load,
          source: sourceOf,
          peers: others.peers,
          patienceSeconds: plan.patienceSeconds,
          absent: [...absent, ...others.absent],
          budget: shareOf(plan, 0),
          quick: options.quick === true,
          onProgress,
        })
        const more: MoreSamples[] = []
        for (let process = 1; process < plan.processes; process++)
          more.push(...(await sampleElsewhere(first, argumentsOf(backend, options))))
        return { ...withSamples(first, more), duration: (performance.now() - start) / 1000 }
      }),

    resample: (report) =>
      withBar((onProgress) => {
        const own = workloads.filter(({ name }) => report.workloads.some((one) => one.name === name))
        const budget = shareOf(plan, 1)
        return resample(report, { workloads: own, entrants, load, peers: others.peers, budget, onProgress })
      }),
  }
}

async function withBar<T>(
  work: (onProgress: (done: number, of: number, what: string) => void) => Promise<T>,
): Promise<T> {
  const bar = progressBar(1)
  try {
    return await work((done, of, what) => bar.update(done / of, what))
  } finally {
    bar.stop()
  }
}

function commandOf(backend: string | undefined, options: Options): string {
  return ['convkit bench', ...argumentsOf(backend, options)].join(' ')
}

/** What was asked for, without where the results go. */
function argumentsOf(backend: string | undefined, { quick, only, workload, dtype, peers }: Options): string[] {
  return [
    ...(backend === undefined ? [] : [backend]),
    ...(quick ? ['--quick'] : []),
    ...(only ? ['--only', ...only] : []),
    ...(workload ? ['--workload', ...workload] : []),
    ...(dtype === undefined ? [] : ['--dtype', dtype]),
    ...(peers === undefined ? [] : ['--peers', peers]),
  ]
}

/** How another process makes the backend. */
function sourceOf(config: string) {
  // Built, even where this file itself is not: plain Node has to run it.
  const module = new URL('../../dist/conformanceBackend.js', import.meta.url).href
  const options: ConformanceSource = { config, from: process.cwd() }
  return { module, options }
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
