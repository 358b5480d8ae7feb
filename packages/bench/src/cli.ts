import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from '@commander-js/extra-typings'
import { ConfigError, ConvkitError } from '@convkit/api'
import colors from 'picocolors'
import writeFileAtomic from 'write-file-atomic'
import { createContenders } from './contender.js'
import { quickSizes, sizes } from './gemm.js'
import type { Peer } from './peers/peer.js'
import { createProgress } from './progress.js'
import { runBench } from './run.js'
import { quick, thorough } from './sampling.js'
import { markdownText, terminalText } from './text.js'
import { loadWorkloads, type Workload } from './workload.js'

const folder = fileURLToPath(new URL('../workloads', import.meta.url))

/** Runs the command line `args` and leaves its exit code in `process.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command('bench')
    .description("Measure convkit's backends against naive, against the machine's peak and against other libraries.")
    .option('--quick', 'fewer rounds and sizes, without the slow workloads and the other libraries')
    .option('--only <names...>', 'only these workloads (W1, W2, ...; GEMM for the matrix products)')
    .option('--no-peers', 'without the other libraries')
    .option('--json <file>', 'write every sample and the environment as JSON')
    .option('--markdown <file>', 'write the tables as a page')
    .addHelpText(
      'after',
      `
Exits with 1 when a result is wrong. Figures are worth something on a quiet machine alone.

Examples:
  npm run bench -- --quick
  npm run bench -- --only W3 W5 --no-peers
  npm run bench -- --json bench.json --markdown docs/benchmarks.md     everything, about 6 minutes`,
    )
    .action(async (options) => {
      const { json, markdown } = options
      const report = await measured(options, ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '))
      await write(json, () => `${JSON.stringify(report, null, 1)}\n`)
      await write(markdown, () => markdownText(report))
      process.stdout.write(`${terminalText(report)}\n`)
      if (report.failures.length > 0) process.exitCode = 1
    })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof ConvkitError)) throw error
    process.stderr.write(`${colors.red('bench:')} ${error.message}\n`)
    process.exitCode = error instanceof ConfigError ? 2 : 1
  }
}

interface Options {
  readonly quick?: true | undefined
  readonly only?: readonly string[] | undefined
  readonly peers: boolean
}

async function measured({ quick: short, only, peers: wanted }: Options, command: string) {
  const all = await loadWorkloads(folder)
  const unknown = only?.find((name) => name !== 'GEMM' && !all.some((workload) => workload.name === name))
  if (unknown !== undefined)
    throw new ConfigError(`no workload ${unknown} (known: ${all.map(({ name }) => name).join(', ')}, GEMM)`)
  const chosen = ({ name }: Pick<Workload, 'name'>) => (only ? only.includes(name) : !(short && slow.includes(name)))
  const contenders = await createContenders()
  const peers = wanted && !short ? await createPeers() : []
  const progress = createProgress()
  try {
    return await runBench({
      command,
      workloads: all.filter(chosen),
      sizes: chosen({ name: 'GEMM' }) ? (short ? quickSizes : sizes) : [],
      contenders,
      peers,
      effort: short ? quick : thorough,
      onProgress: progress.show,
    })
  } finally {
    progress.stop()
    for (const backend of new Set(contenders.map(({ backend }) => backend))) await backend.close?.()
  }
}

/** Loaded when asked for: they take a second. */
async function createPeers(): Promise<Peer[]> {
  const { createTfjs } = await import('./peers/tfjs.js')
  const { createOnnxruntime } = await import('./peers/onnxruntime.js')
  return [await createTfjs('wasm'), await createTfjs('cpu'), await createOnnxruntime()]
}

/** Left out of a quick run: naive takes a quarter of a minute. */
const slow: readonly string[] = ['W4', 'W7']

async function write(file: string | undefined, text: () => string): Promise<void> {
  if (file === undefined) return
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, text())
}
