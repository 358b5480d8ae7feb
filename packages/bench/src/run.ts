import type { Effort } from '@convkit/conformance'
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
import { createGate } from './gate/gate.js'
import { admit, invite, type Runner, samplePass } from './measure.js'
import { type MemoryPeak, measureMemory } from './memory/memory.js'
import { higher, measurePeaks } from './peak.js'
import type { Peer } from './peer.js'
import { type Profile, profileStep } from './profile.js'
import type { Measurement, Report } from './report.js'
import type { Refusal } from './runnable/runnable.js'
import { estimate } from './statistics/estimate.js'
import { costOfTraining } from './training/record.js'
import { measureTransfers } from './transfers.js'
import { costOfLayer, createCase } from './workload/layer.js'
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
  /** What the caller knows to be missing. */
  readonly absent?: readonly Absent[]
  readonly effort: Effort
  readonly quick?: boolean
  /** Called before each piece of work. */
  readonly onProgress?: (done: number, of: number, what: string) => void
}

/** Measures everything against everything. Wrong results become failures of the report, never times. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const { workloads, entrants, load, source, peers = [], effort, quick = false } = options
  const start = performance.now()
  const environment = await readEnvironment(options.version)
  const watch = watchOthers()
  const total = workloads.length + 2
  let done = 0
  const progress = (what: string) => options.onProgress?.(done, total, what)

  progress('peak')
  const before = await measurePeaks(effort)
  const { contenders: own, absent } = await createContenders(entrants, load)
  const contenders = [baseline, ...own]
  progress('transfers')
  const transfers = await measureTransfers(contenders, effort)
  const measured: Measured[] = []
  const memory: MemoryPeak[] = []
  const profiles: Profile[] = []
  for (const workload of workloads) {
    done++
    progress(workload.name)
    measured.push(
      await measureWorkload(workload, contenders, peers, effort, (pass) => progress(`${workload.name} ${pass}`)),
    )
  }
  done++
  // Before the processes that are looked at for their memory, which are others to this one.
  const others = watch()
  progress('memory and profile')
  const failures = measured.flatMap(({ failures }) => failures)
  for (const workload of workloads) {
    if (workload.kind !== 'training') continue
    for (const contender of contenders) {
      if (!source) break
      const peak = await measureMemory(workload, contender, source(contender.backend)).catch(reasonOf)
      if (typeof peak === 'string') failures.push(`${workload.name} on ${contender.name}: memory: ${peak}`)
      else memory.push(peak)
    }
    const [reference] = own
    if (reference && workload.group === 'notebook' && isMeasured(measured, workload, reference))
      profiles.push(await profileStep(workload, reference, effort))
  }
  // Whatever slowed the machine down at the beginning may be over.
  const peaks = higher(before, await measurePeaks(effort))
  for (const backend of new Set(own.map(({ instance }) => instance))) await backend.close?.()
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
    peers: peers.map(({ name, description }) => ({ name, description })),
    workloads: workloads.map((workload, i) => {
      const { name, title, group, passes } = workload
      const training = workload.kind === 'training'
      return {
        name,
        title,
        group,
        passes,
        point: training ? null : workload.point,
        seconds: measured[i]?.seconds ?? 0,
        images: training ? imagesOf(workload) : null,
      }
    }),
    measurements: measured.flatMap(({ measurements }) => measurements),
    differences: measured.flatMap(({ differences }) => differences),
    transfers,
    memory,
    profiles,
    absent: [...absent, ...(options.absent ?? [])],
    failures,
  }
}

interface Measured {
  readonly seconds: number
  readonly measurements: readonly Measurement[]
  readonly differences: Report['differences']
  readonly failures: readonly string[]
}

async function measureWorkload(
  workload: Workload,
  contenders: readonly Contender[],
  peers: readonly Peer[],
  effort: Effort,
  onPass: (pass: Pass) => void,
): Promise<Measured> {
  const { name } = workload
  const start = performance.now()
  const c = workload.kind === 'layer' ? createCase(workload) : null
  const gate = await createGate(workload, c, baseline.instance)
  const runners: Runner[] = []
  for (const contender of contenders) runners.push(await admit(workload, c, gate, contender))
  const failures = runners.flatMap(({ name: who, refusal }) =>
    refusal?.status === 'wrong' || refusal?.status === 'failed' ? [`${name} on ${who}: ${refusal.reason}`] : [],
  )
  if (workload.peers && workload.kind === 'layer' && c)
    for (const peer of peers) runners.push(await invite(workload, c, gate, peer))
  const measurements: Measurement[] = []
  for (const pass of workload.passes) {
    onPass(pass)
    const sampled = await samplePass(pass, runners, effort, ({ name: who }) => {
      if (pass !== 'epoch' || workload.kind !== 'training') return null
      const step = measurements.find(({ contender, pass }) => contender === who && pass === 'step')
      return step ? (estimate(step.milliseconds).median * (workload.epoch ?? 0)) / workload.batchSize : null
    })
    for (const [i, { name: contender, dtype, runnable }] of runners.entries()) {
      const result = sampled[i]
      if (!result) continue
      const cost =
        workload.kind === 'training' ? costOfTraining(workload, pass, dtype) : costOfLayer(workload, pass, dtype)
      measurements.push({
        workload: name,
        pass,
        contender,
        ...outcome(result.refusal),
        cost,
        milliseconds: result.samples,
        first: runnable?.first[pass] ?? null,
      })
    }
  }
  for (const { runnable } of runners) runnable?.[Symbol.dispose]()
  const differences = runners.flatMap(({ name: contender, differences }) =>
    differences ? [{ workload: name, contender, outputs: differences }] : [],
  )
  return { seconds: (performance.now() - start) / 1000, measurements, differences, failures }
}

function outcome(refusal: Refusal | null): Pick<Measurement, 'status' | 'reason'> {
  return refusal ?? { status: 'measured', reason: null }
}

function isMeasured(measured: readonly Measured[], { name }: Workload, contender: Contender): boolean {
  const all = measured.flatMap(({ measurements }) => measurements)
  return all.some(
    (one) =>
      one.workload === name && one.contender === contender.name && one.pass === 'step' && one.status === 'measured',
  )
}

function imagesOf({ batchSize, epoch }: TrainingWorkload): { [P in Pass]?: number } {
  return {
    forward: batchSize,
    backward: batchSize,
    step: batchSize,
    ...(epoch !== null && { epoch: Math.max(1, Math.floor(epoch / batchSize)) * batchSize }),
  }
}
