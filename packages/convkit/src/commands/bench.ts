import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { ConfigError, type FloatDType } from '@convkit/api'
import { type Effort, markdownText, quick, type Report, runBench, terminalText, thorough } from '@convkit/bench'
import writeFileAtomic from 'write-file-atomic'
import { entrantsOf, suite } from '../bench/entrants.js'
import { loadPeers } from '../bench/peers.js'
import { select } from '../bench/selection.js'
import type { ConformanceSource } from '../conformanceBackend.js'
import { loadBackend } from '../createBackend.js'
import { print, progressBar } from '../terminal.js'
import { version } from '../version.js'

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
    .option('--from <file>', 'measure nothing: show and write an earlier report')
    .option('--json <file>', 'write every sample and the environment as JSON')
    .option('--markdown <file>', 'write the tables as a page')
    .addHelpText(
      'after',
      `
Exits with 1 when a result is wrong. Figures are worth something on a quiet machine alone.

Examples:
  convkit bench --quick
  convkit bench ./my-backend.js --only W1 W2 conv2d
  convkit bench wasm:threads=4 --dtype float32 --json new.json
  convkit bench wasm --workload my-layer.json
  convkit bench --from new.json --markdown speed.md`,
    )
    .action(async (backend, options) => {
      const report = options.from === undefined ? await measure(backend, options) : await readReport(options.from)
      await write(options.json, () => `${JSON.stringify(report, null, 1)}\n`)
      await write(options.markdown, () => markdownText(report, []))
      print(terminalText(report))
      if (report.failures.length > 0) process.exitCode = 1
    })
}

interface Options {
  readonly quick?: true | undefined
  readonly only?: readonly string[] | undefined
  readonly workload?: readonly string[] | undefined
  readonly dtype?: FloatDType | undefined
  readonly peers?: string | undefined
}

async function measure(backend: string | undefined, options: Options): Promise<Report> {
  const { workloads, absent } = await select(options)
  const all = backend === undefined ? suite() : entrantsOf(backend, ['float32', 'float64'])
  const entrants = all.filter(({ dtype }) => options.dtype === undefined || dtype === options.dtype)
  const others = options.peers === undefined ? { peers: [], absent: [] } : await loadPeers(options.peers)
  const effort: Effort = options.quick ? quick : thorough
  const bar = progressBar(1)
  try {
    return await runBench({
      command: ['convkit', ...process.argv.slice(2)].join(' '),
      version: version(),
      workloads,
      entrants,
      load: (config) => loadBackend(config),
      source: sourceOf,
      peers: others.peers,
      absent: [...absent, ...others.absent],
      effort,
      quick: options.quick === true,
      onProgress: (done, of, what) => bar.update(done / of, what),
    })
  } finally {
    bar.stop()
  }
}

/** How another process makes the backend. */
function sourceOf(config: string) {
  // Built, even where this file itself is not: plain Node has to run it.
  const module = new URL('../../dist/conformanceBackend.js', import.meta.url).href
  const options: ConformanceSource = { config, from: process.cwd() }
  return { module, options }
}

async function readReport(file: string): Promise<Report> {
  const report: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (typeof report !== 'object' || report === null || !('version' in report) || report.version !== 1)
    throw new ConfigError(`${file}: is no report of this benchmark`)
  // Written by this command; the version says its form.
  return report as Report
}

async function write(file: string | undefined, text: () => string): Promise<void> {
  if (file === undefined) return
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, text())
}
