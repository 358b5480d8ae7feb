import type { FloatDType } from '@convkit/api'
import {
  checkPytorch,
  type MoreSamples,
  quick,
  type Report,
  resample,
  runBench,
  shareOf,
  thorough,
  type Workload,
  withPytorch,
  withSamples,
} from '@convkit/bench'
import { loadBackend } from 'convkit/internal'
import { count } from '../commands/settings.js'
import type { ConformanceSource } from '../conformanceBackend.js'
import { progressBar } from '../terminal.js'
import { version } from '../version.js'
import { entrantsOf, suite } from './entrants.js'
import { loadPeers } from './peers.js'
import { sampleElsewhere } from './processes.js'
import { select } from './selection.js'

/** Images of a batch. */
const most = 100_000

/** What says how to measure. */
export interface BenchFlags {
  readonly quick?: true | undefined
  readonly only?: readonly string[] | undefined
  readonly workload?: readonly string[] | undefined
  readonly recipe?: readonly string[] | undefined
  readonly batchSize?: readonly string[] | undefined
  readonly pytorch?: string | undefined
  readonly dtype?: FloatDType | undefined
  readonly peers?: string | undefined
}

export interface BenchRun {
  /** Measures the chosen workloads, or some of them. */
  measure(chosen?: (workload: Workload) => boolean): Promise<Report>
  /** Samples every row of a report once more. */
  resample(report: Report): Promise<MoreSamples[]>
}

export async function prepareRun(backend: string | undefined, options: BenchFlags): Promise<BenchRun> {
  const { workloads, absent } = await select({
    ...options,
    batchSize: options.batchSize?.map(count('--batch-size', most)),
  })
  const which = options.recipe ? 'recipes' : options.quick ? 'quick' : 'whole'
  const all = backend === undefined ? suite(which) : entrantsOf(backend, ['float32', 'float64'])
  const entrants = all.filter(({ dtype }) => options.dtype === undefined || dtype === options.dtype)
  const plan = options.quick ? quick : thorough
  const others =
    options.peers === undefined ? { peers: [], absent: [] } : await loadPeers(options.peers, plan.patienceSeconds)
  if (options.pytorch !== undefined) await checkPytorch(options.pytorch)
  const load = (config: string) => loadBackend(config)
  const beside = (report: Report, python: string, onProgress: OnProgress) =>
    withPytorch(report, {
      python,
      workloads: workloads.filter((workload) => workload.kind === 'training'),
      load,
      quick: options.quick === true,
      onProgress: (what) => onProgress(1, 1, what),
    })
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
        const report = withSamples(first, more)
        const whole = options.pytorch === undefined ? report : await beside(report, options.pytorch, onProgress)
        return { ...whole, duration: (performance.now() - start) / 1000 }
      }),

    resample: (report) =>
      withBar((onProgress) => {
        const own = workloads.filter(({ name }) => report.workloads.some((one) => one.name === name))
        const budget = shareOf(plan, 1)
        return resample(report, { workloads: own, entrants, load, peers: others.peers, budget, onProgress })
      }),
  }
}

type OnProgress = (done: number, of: number, what: string) => void

async function withBar<T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  const bar = progressBar(1)
  try {
    return await work((done, of, what) => bar.update(done / of, what))
  } finally {
    bar.stop()
  }
}

function commandOf(backend: string | undefined, options: BenchFlags): string {
  const { pytorch } = options
  const beside = pytorch === undefined ? [] : ['--pytorch', pytorch]
  return ['convkit bench', ...argumentsOf(backend, options), ...beside].join(' ')
}

/** What was asked for of every process, without where the results go. */
function argumentsOf(backend: string | undefined, options: BenchFlags): string[] {
  const { quick, only, workload, recipe, batchSize, dtype, peers } = options
  return [
    ...(backend === undefined ? [] : [backend]),
    ...(quick ? ['--quick'] : []),
    ...(only ? ['--only', ...only] : []),
    ...(workload ? ['--workload', ...workload] : []),
    ...(recipe ? ['--recipe', ...recipe] : []),
    ...(batchSize ? ['--batch-size', ...batchSize] : []),
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
