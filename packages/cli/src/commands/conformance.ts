import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError, keysOf } from '@convkit/api'
import {
  coverageText,
  type Event,
  htmlReport,
  jsonReport,
  junitReport,
  markdownReport,
  NeverLoadedError,
  quote,
  type Report,
  runConformance,
  type Skip,
  succeeded,
  terminalReport,
} from '@convkit/conformance'
import { type BackendSource, type IsolatedOptions, runIsolated, suite } from '@convkit/conformance/node'
import { checkPlaces, writeWholeFiles } from '@convkit/files'
import { loadBackend } from 'convkit/internal'
import { flagName, type LoadedConfig } from '../config/load.js'
import type { ConformanceSource } from '../conformanceBackend.js'
import {
  bankOfMutants,
  museumOfBugs,
  printFalseAlarms,
  printMutantsAtSeeds,
  printMutationScore,
} from '../mutationScore.js'
import { readText } from '../readText.js'
import { exitCodeOf, printError } from '../reportError.js'
import { print, progressBar } from '../terminal.js'
import { commandIn } from '../typed.js'
import { addSettings, count, placesOf, readSettings } from './settings.js'

const formats = { json: jsonReport, junit: junitReport, markdown: markdownReport, html: htmlReport } as const

/** Flags that go to the suite as they are. Settings, which stand beside them, make the backend. */
const suiteFlags = [
  ...(['only', 'layer', 'dtype', 'runs', 'thorough', 'timeLimit', 'loadLimit', 'jobs'] as const),
  ...(['path', 'replay', 'speed', 'fixtures', 'resume'] as const),
]

export function conformanceCommand(): CommandUnknownOpts {
  const command = new Command('conformance')
    .summary('hold a backend against the laws')
    .description(
      'Hold a backend against laws, derived error bounds, numeric gradients and reference files, on random cases, in processes of its own.',
    )
    .argument('[backend]', 'a known name, an npm package or a ./module.js; default the configured one')
    .option('--only <id>', 'only this check, or all that begin so or match with *; may be repeated', list)
    .option('--layer <name>', 'only this layer; may be repeated', list)
    .addOption(new Option('--dtype <name>', 'only this number type').choices(['float32', 'float64'] as const))
    .option('--runs <n>', 'random cases a check (default: 40)', count('--runs', 1_000_000))
    .option('--thorough', 'ten times the cases and the time limit')
    .option('--time-limit <s>', 'seconds a check may take (default: 20)', count('--time-limit', 86_400))
    .option('--load-limit <s>', 'seconds that making the backend may take (default: 60)', count('--load-limit', 86_400))
    .option('--jobs <n>', 'processes at a time (default: 2)', count('--jobs', 64))
    .option('--in-process', 'in this process, for a debugger: a crash or an endless loop then ends the run')
    .option('--skips <file>', 'checks known to fail: an exact id and a reason a line')
    .option('--fixtures <dir>', 'also run every reference file in this folder')
    .option('--path <cases>', 'only these cases of a check, as a failure names them: 3, 0-11, 3:0:1')
    .option(
      '--replay <steps>',
      'these checks and cases in a row, as a failure names them; what comes of the last is shown',
    )
    .option('--speed', 'time each right layer against naive')
    .option('--coverage', 'print which values of each attribute were exercised, and how often')
    .option('--mutants', 'measure the suite instead: hold backends with one planted fault each against it')
    .option('--museum', 'the same with faults that libraries really had')
    .option(
      '--seeds <n>',
      'with --mutants, --museum: at so many seeds, each until its first kill',
      count('--seeds', 100_000),
    )
    .option(
      '--false-alarms <seeds>',
      'measure the suite instead: a right backend at so many seeds, one case a check or --runs',
      count('--false-alarms', 1_000_000),
    )
    .option('--resume <file>', 'with --mutants, --museum, --false-alarms: keep what is done, and go on from there')
    .option('--json <file>', 'write the report as JSON')
    .option('--junit <file>', 'write it as JUnit XML')
    .option('--markdown <file>', 'write it as Markdown')
    .option('--html <file>', 'write it as one HTML page')
    .addHelpText(
      'after',
      `
A check that crashes or hangs costs only itself. A dtype that the backend's \`kernels\` lacks is not held against it; a
layer without a kernel, a refusal and a skip lower the score. What its \`arithmetic\` leaves open is not claimed: checks of
that do not run, and stand beside the score. Where its \`conventions\` are not ours it is held to those; both are verified,
and printed. Exits with 1 when a check fails, also one on the skip list that passes, and where one ran fewer than half of
its cases in its time.

Of the failures, the first of each of three causes is run again in fresh processes, for about a minute each: what is shown
is true there, with the command that shows it again, what it fails after, or how often it does.

Examples:
  convkit conformance naive
  convkit conformance gpu --provider cpu
  convkit conformance ./my-backend.js --layer conv2d --dtype float32
  convkit conformance ./my-backend.js --only conv2d/adjoint --speed
  convkit conformance ./my-backend.js --only relu/forward/float32 --path 3:0:1
  convkit conformance ./my-backend.js --replay relu/forward/float32@0-8+relu/backward/float32@3
  convkit conformance ./my-backend.js --thorough --html report.html --junit report.xml

The suite itself, on two processors:
  convkit conformance --mutants --markdown matrix.md               every mutant, every check, about twenty minutes
  convkit conformance --museum                                     every bug of the museum until its first kill, about two minutes
  convkit conformance --mutants --seeds 20 --resume mutants.jsonl  each mutant at 20 seeds, about two minutes
  convkit conformance naive --false-alarms 32 --runs 40 --resume alarms.jsonl
                                                                   a right backend in a million cases, a quarter of an hour`,
    )
    .action(async (backend, given, self) => {
      const { skips, json, junit, markdown, html, coverage, inProcess, mutants, museum, falseAlarms, seeds } = given
      const options = picked(given, suiteFlags)
      const measures = [mutants, museum, falseAlarms].filter((one) => one !== undefined)
      if (measures.length > 1)
        throw new ConfigError('--mutants, --museum, --false-alarms: expected at most one of them')
      if (inProcess && options.speed) throw new ConfigError('--in-process, --speed: expected at most one of them')
      checkTogether(given)
      await checkPlaces(placesOf({ json, junit, markdown, html }))
      if (backend !== undefined) self.setOptionValue('backend', backend)
      const loaded = await readSettings(self)
      const bank = museum ? museumOfBugs : mutants ? bankOfMutants : null
      if (bank || falseAlarms !== undefined) {
        const { seed } = loaded.settings
        const run = { ...options, seed, json, markdown }
        const asHoped = bank
          ? seeds === undefined
            ? await printMutationScore(bank, run)
            : await printMutantsAtSeeds(bank, run, seeds)
          : await printFalseAlarms(sourceOf(loaded), run, falseAlarms ?? 1)
        if (!asHoped) process.exitCode = 1
        return
      }
      const events = (inProcess ? here : isolated)(loaded, {
        ...options,
        seed: loaded.settings.seed,
        ...(options.timeLimit === undefined ? {} : { timeLimit: options.timeLimit * 1000 }),
        ...(options.loadLimit === undefined ? {} : { loadLimit: options.loadLimit * 1000 }),
        skips: skips === undefined ? [] : await readSkips(skips),
        command: commandOf(loaded, self.opts(), options.fixtures),
        onOutput: (text) => process.stderr.write(text),
      })
      const report = await follow(events).catch((error: unknown) => {
        if (!inProcess || !(error instanceof NeverLoadedError)) throw error
        // What its module is still at would keep this process alive.
        printError(error, false)
        process.exit(exitCodeOf(error))
      })
      const paths = { json, junit, markdown, html }
      const files = keysOf(paths).flatMap((format) => {
        const file = paths[format]
        return file === undefined ? [] : [[file, formats[format](report)]]
      })
      await writeWholeFiles(Object.fromEntries(files))
      if (coverage) print(`${coverageText(report)}\n`)
      print(terminalReport(report))
      if (!succeeded(report)) process.exitCode = 1
    })
  addSettings(command, ['backend', 'provider', 'seed'])
  return command
}

/** Flags of a run of the suite, and of a measurement of it: what the other would leave out in silence. */
function checkTogether(options: { readonly [name: string]: unknown }): void {
  const { mutants, museum, falseAlarms, inProcess } = options
  const given = (names: readonly string[]) => names.filter((name) => options[name] !== undefined).map(flagName)
  const isMeasure = Boolean(mutants || museum) || falseAlarms !== undefined
  const idle = isMeasure
    ? given([
        'skips',
        'junit',
        'html',
        'coverage',
        'inProcess',
        'speed',
        'path',
        'replay',
        'thorough',
        'only',
        'layer',
        'dtype',
        'fixtures',
        'timeLimit',
        'loadLimit',
      ])
    : given(['seeds', 'resume'])
  const why = isMeasure ? 'measures the suite' : 'is for --mutants, --museum, --false-alarms'
  if (idle.length > 0)
    throw new ConfigError(
      isMeasure
        ? `${given(['mutants', 'museum', 'falseAlarms'])} ${why}: expected it without ${idle.join(', ')}`
        : `${idle[0]} ${why}`,
    )
  if (inProcess && options.jobs !== undefined)
    throw new ConfigError('--jobs: expected it without --in-process, which is one')
}

function picked<T, K extends keyof T>(given: T, names: readonly K[]): Pick<T, K> {
  // The names are those of K.
  return Object.fromEntries(
    names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as Pick<T, K>
}

function list(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}

type Run = (loaded: LoadedConfig, options: IsolatedOptions) => AsyncIterable<Event>

const isolated: Run = (loaded, options) => runIsolated(sourceOf(loaded), options)

/** How another process makes the backend. */
function sourceOf({ settings, backendFrom }: LoadedConfig): BackendSource {
  // Built, even where this file itself is not: plain Node has to run it.
  const module = new URL('../../dist/conformanceBackend.js', import.meta.url).href
  const source: ConformanceSource = { config: settings.backend, from: backendFrom }
  return { module, options: source }
}

const here: Run = async function* ({ settings, backendFrom }, { fixtures = null, onOutput: _, ...options }) {
  const checks = await suite(fixtures)
  yield* runConformance(() => loadBackend(settings.backend, backendFrom), { ...options, checks })
}

/** Shows how far a run is, and gives its report. */
async function follow(events: AsyncIterable<Event>): Promise<Report> {
  let bar = progressBar(0, true)
  let done = 0
  try {
    for await (const event of events) {
      if (event.type === 'start') bar = progressBar(event.total)
      if (event.type === 'check') bar.update(done, event.id)
      if (event.type === 'result') bar.update(++done)
      if (event.type === 'again') bar.update(done, `${event.id} again`)
      if (event.type === 'speed') bar.update(done, `timing ${event.layer} ${event.dtype}`)
      if (event.type === 'end') return event.report
    }
  } finally {
    bar.stop()
  }
  throw new Error('the run has no end')
}

/** What runs this backend again, as one would type it. A backend that a file in another folder names is found there again. */
function commandOf(
  { settings: { backend }, backendFrom }: LoadedConfig,
  { config }: { readonly [option: string]: unknown },
  fixtures: string | undefined,
): string {
  const cwd = process.cwd()
  return [
    `${commandIn(cwd)} conformance`,
    ...(typeof backend === 'string' && backendFrom === cwd ? [quote(backend)] : []),
    ...(typeof config === 'string' ? ['--config', quote(config)] : []),
    ...(fixtures === undefined ? [] : ['--fixtures', quote(fixtures)]),
  ].join(' ')
}

/** A line a check: its exact id, then the reason. `#` begins a comment. */
async function readSkips(file: string): Promise<Skip[]> {
  const lines = (await readText(file)).split('\n')
  return lines.flatMap((line, i) => {
    const [id = '', ...reason] = line.replace(/^#.*/, '').trim().split(/\s+/)
    if (id === '') return []
    if (reason.length === 0) throw new ConfigError(`${file}:${i + 1}: expected a reason after ${id}`)
    return [{ id, reason: reason.join(' ') }]
  })
}
