import { checkOptions, type OptionNames } from '@convkit/api'
import type { SamplingBudget } from '@convkit/conformance'
import type { BackendSource } from '@convkit/conformance/node'
import {
  type Absent,
  baseline,
  type Contender,
  createContenders,
  type Entrant,
  type Load,
  reasonOf,
} from './contender.js'
import { readEnvironment, watchOthers } from './environment.js'
import { type Measured, measureWorkload } from './measureWorkload.js'
import { type MemoryPeak, measureMemory } from './memory/memory.js'
import { createProbe, higher } from './peak.js'
import type { Peer } from './peer.js'
import { type Profile, profileStep } from './profile.js'
import type { Report, WorkloadInfo } from './report.js'
import { measureTransfers, type Transfer } from './transfers.js'
import type { Pass, TrainingWorkload, Workload } from './workload/workload.js'

export interface BenchOptions {
  readonly command: string
  /** Of convkit. */
  readonly version: string
  readonly workloads: readonly Workload[]
  /** The baseline takes part in any case. */
  readonly entrants: readonly Entrant[]
  readonly load: Load
  /** How a process of its own makes a backend, to see how much memory it takes; default: it is not looked at. */
  readonly source?: (backend: string) => BackendSource
  readonly peers?: readonly Peer[]
  /** Seconds that one call of a peer may take; default: any. */
  readonly patienceSeconds?: number
  /** What the caller knows to be missing. */
  readonly absent?: readonly Absent[]
  readonly budget: SamplingBudget
  readonly quick?: boolean
  /** Called before each piece of work. */
  readonly onProgress?: (done: number, of: number, what: string) => void
}

const optionNames: OptionNames<BenchOptions> = {
  command: true,
  version: true,
  workloads: true,
  entrants: true,
  load: true,
  source: true,
  peers: true,
  patienceSeconds: true,
  absent: true,
  budget: true,
  quick: true,
  onProgress: true,
}

/** Between two workloads: the clock may have changed. */
const glance: SamplingBudget = { warmUpMs: 2, samples: 3, enoughMs: 0, mostMs: 50 }

/** Measures everything against everything. Wrong results become failures of the report, never times. */
export async function runBench(options: BenchOptions): Promise<Report> {
  checkOptions('runBench', options, optionNames)
  const { contenders, absent } = await createContenders(options.entrants, options.load)
  try {
    return await measureAll(options, [baseline, ...contenders], absent)
  } finally {
    for (const backend of new Set(contenders.map(({ instance }) => instance))) await backend.close?.()
  }
}

async function measureAll(
  options: BenchOptions,
  contenders: readonly Contender[],
  absent: readonly Absent[],
): Promise<Report> {
  const { workloads, peers = [], budget, quick = false } = options
  const start = performance.now()
  const environment = await readEnvironment(options.version)
  const watch = watchOthers()
  let done = 0
  const progress = (what: string) => options.onProgress?.(done, workloads.length + 2, what)

  progress('peaks and transfers')
  const probe = await createProbe()
  let peaks = await probe(budget)
  const failures: string[] = []
  const transfers: Transfer[] = []
  for (const contender of contenders)
    await kept(transfers, failures, `transfers of ${contender.name}`, measureTransfers(contender, budget))
  const measured: Measured[] = []
  for (const workload of workloads) {
    done++
    progress(workload.name)
    peaks = higher(peaks, await probe(glance))
    const onPass = (pass: Pass) => progress(`${workload.name} ${pass}`)
    const patienceSeconds = options.patienceSeconds ?? Number.POSITIVE_INFINITY
    measured.push(await measureWorkload(workload, contenders, { peers, patienceSeconds }, budget, onPass))
  }
  failures.push(...measured.flatMap(({ failures }) => failures))
  // Before the processes that are looked at for their memory, which are others to this one.
  const others = watch()
  done++
  progress('memory and profile')
  const { memory, profiles } = await measureTraining(options, contenders, measured, failures)
  return {
    version: 1,
    command: options.command,
    environment,
    quick,
    duration: (performance.now() - start) / 1000,
    others,
    peaks,
    contenders: contenders.map(({ name, backend, instance: { description }, dtype, threads }) => ({
      name,
      backend,
      description,
      dtype,
      threads,
    })),
    peers: peers.map(({ name, description }) => ({ name, description, threads: 1, setup: [] })),
    workloads: workloads.map((workload, i) => infoOf(workload, measured[i])),
    measurements: measured.flatMap(({ measurements }) => measurements),
    differences: measured.flatMap(({ differences }) => differences),
    transfers,
    memory,
    profiles,
    absent: [...absent, ...(options.absent ?? [])],
    failures,
  }
}

/** Memory at most of every contender, and a profile of the one that peers are compared with. */
async function measureTraining(
  { workloads, source, budget }: BenchOptions,
  contenders: readonly Contender[],
  measured: readonly Measured[],
  failures: string[],
): Promise<{ memory: MemoryPeak[]; profiles: Profile[] }> {
  const memory: MemoryPeak[] = []
  const profiles: Profile[] = []
  const [, reference] = contenders
  for (const [i, workload] of workloads.entries()) {
    if (workload.kind !== 'training') continue
    const what = (contender: Contender) => `${workload.name} on ${contender.name}`
    for (const contender of contenders.filter(({ name }) => isMeasured(measured[i], name)))
      if (source) {
        const peak = measureMemory(workload, contender, source(contender.backend))
        await kept(memory, failures, `memory of ${what(contender)}`, peak)
      }
    if (reference && workload.group === 'notebook' && isMeasured(measured[i], reference.name))
      await kept(profiles, failures, `profile of ${what(reference)}`, profileStep(workload, reference, budget))
  }
  return { memory, profiles }
}

/** Adds the result, or why there is none. */
async function kept<T>(results: T[], failures: string[], what: string, result: Promise<T>): Promise<void> {
  try {
    results.push(await result)
  } catch (error) {
    failures.push(`${what}: ${reasonOf(error)}`)
  }
}

function isMeasured(measured: Measured | undefined, name: string): boolean {
  return (measured?.measurements ?? []).some(
    ({ contender, pass, status }) => contender === name && pass === 'step' && status === 'measured',
  )
}

function infoOf(workload: Workload, measured: Measured | undefined): WorkloadInfo {
  const { name, title, group, passes } = workload
  const common = { name, title, group, passes, seconds: measured?.seconds ?? 0 }
  return workload.kind === 'training'
    ? { ...common, point: null, images: imagesOf(workload) }
    : { ...common, point: workload.point, images: null }
}

function imagesOf({ batchSize, epoch }: TrainingWorkload): { [P in Pass]?: number } {
  return {
    forward: batchSize,
    backward: batchSize,
    step: batchSize,
    ...(epoch !== null && { epoch: Math.max(1, Math.floor(epoch / batchSize)) * batchSize }),
  }
}
