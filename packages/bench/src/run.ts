import { UnsupportedError } from '@convkit/api'
import { Violation } from '@convkit/conformance'
import { close } from './close.js'
import { baseline, type Contender, prepareWorkload } from './contender.js'
import { costOf } from './cost.js'
import { readEnvironment, watchOthers } from './environment.js'
import { createGate, type Gate } from './gate.js'
import { createGemmGate, gemm } from './gemm.js'
import { measurePeaks } from './peak.js'
import type { Peer, PeerRunnable } from './peers/peer.js'
import type { Measurement, Report, WorkloadInfo } from './report.js'
import type { Runnable } from './runnable.js'
import { type Effort, type Entry, sampleInTurns } from './sampling.js'
import { createCase, type Pass, type Workload } from './workload.js'

export interface BenchOptions {
  readonly command: string
  readonly workloads: readonly Workload[]
  /** Sizes of the square matrices whose products are timed. */
  readonly sizes: readonly number[]
  /** The first is the baseline and the oracle. */
  readonly contenders: readonly Contender[]
  readonly peers: readonly Peer[]
  readonly effort: Effort
  /** Called before each piece of work. */
  readonly onProgress?: (done: number, of: number, what: string) => void
}

/** Results of peers may be off by so much of the largest: what they promise is not known. */
const loose = 1e-3

interface Runner {
  readonly name: string
  readonly dtype: Contender['dtype']
  readonly runnable: Runnable | null
  /** Why it is not run at all. */
  readonly reason: string | null
  readonly results: PeerRunnable['results'] | null
}

/** Measures everything against everything. Wrong results become failures of the report, never times. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const { workloads, sizes, contenders, peers, effort, onProgress } = options
  const environment = await readEnvironment()
  const others = watchOthers()
  const oracle = contenders[0]?.backend
  if (!oracle) throw new Error('runBench: no contender')
  const total = 1 + workloads.length + sizes.length
  let done = 0
  const progress = (what: string) => onProgress?.(done, total, what)

  progress('peak')
  const peaks = await measurePeaks(effort)
  const measurements: Measurement[] = []
  const failures: string[] = []
  const infos: WorkloadInfo[] = []

  async function measure(workload: Workload, gate: Gate, own: readonly Contender[], others: readonly Peer[]) {
    const runners: Runner[] = []
    for (const contender of own) runners.push(await admit(workload, gate, contender, failures))
    for (const peer of others) runners.push(await invite(workload, peer))
    const passes = passesOf(workload)
    for (const pass of passes) {
      progress(`${workload.name} ${pass}`)
      measurements.push(...(await measurePass(workload, pass, gate, runners, effort)))
    }
    for (const { runnable } of runners) runnable?.[Symbol.dispose]()
    return passes
  }

  for (const workload of workloads) {
    done++
    progress(`${workload.name} gate`)
    const { name, title } = workload
    const passes = await measure(
      workload,
      await createGate(workload, oracle),
      contenders,
      workload.kind === 'layer' ? peers : [],
    )
    infos.push({ name, title, passes, size: null })
  }
  const fast = contenders.filter(({ name }) => name !== baseline)
  for (const size of sizes) {
    done++
    const workload = gemm(size)
    progress(`${workload.name} gate`)
    const passes = await measure(workload, await createGemmGate(workload, oracle), fast, [])
    infos.push({ name: workload.name, title: workload.title, passes, size })
  }
  return {
    command: options.command,
    environment,
    others: others(),
    peaks,
    contenders: contenders.map(({ name, backend: { description }, dtype, threads }) => ({
      name,
      description,
      dtype,
      threads,
    })),
    peers: peers.map(({ name, description }) => ({ name, description })),
    workloads: infos,
    measurements,
    failures,
  }
}

/** One contender behind the gate; `failures` gets what was wrong. */
async function admit(workload: Workload, gate: Gate, contender: Contender, failures: string[]): Promise<Runner> {
  const { name, backend, dtype } = contender
  const refused = (reason: string): Runner => ({ name, dtype, runnable: null, reason, results: null })
  try {
    if (name !== baseline) await gate.hold(backend, dtype)
    return { name, dtype, runnable: prepareWorkload(workload, contender), reason: null, results: null }
  } catch (error) {
    if (error instanceof UnsupportedError) return refused('it has no kernel')
    if (!(error instanceof Violation)) throw error
    failures.push(`${workload.name} on ${name}: ${error.message}`)
    return refused('wrong')
  }
}

async function invite(workload: Workload, peer: Peer): Promise<Runner> {
  const { name } = peer
  if (workload.kind !== 'layer') return { name, dtype: 'float32', runnable: null, reason: null, results: null }
  const runnable = await peer.prepare(workload, createCase(workload))
  return { name, dtype: 'float32', runnable, reason: null, results: runnable.results }
}

async function measurePass(
  workload: Workload,
  pass: Pass,
  gate: Gate,
  runners: readonly Runner[],
  effort: Effort,
): Promise<Measurement[]> {
  const entries: Entry[] = []
  for (const { name, runnable } of runners) {
    const call = runnable?.calls[pass]
    if (runnable && call) entries.push({ name, runnable, call })
  }
  const samples = await sampleInTurns(entries, effort)
  const measurements: Measurement[] = []
  for (const { name, dtype, runnable, reason, results } of runners) {
    const cost = costOf(workload, pass, dtype)
    if (!cost) continue
    const { milliseconds = [] } = samples.find((sample) => sample.name === name) ?? {}
    const why = reason ?? runnable?.missing[pass] ?? (milliseconds.length > 0 ? await wrong(pass, gate, results) : null)
    if (why === null && milliseconds.length === 0) continue
    measurements.push({
      workload: workload.name,
      pass,
      contender: name,
      cost,
      milliseconds: why === null ? milliseconds : [],
      reason: why,
    })
  }
  return measurements
}

/** What is wrong with the last results of a peer: it gets no time then, but the run goes on. */
async function wrong(pass: Pass, { exact }: Gate, results: Runner['results']): Promise<string | null> {
  if (!results || !exact) return null
  try {
    for (const [name, { data }] of Object.entries(await results(pass)))
      close(name, data, exact[name]?.data ?? [], loose)
    return null
  } catch (error) {
    if (error instanceof Violation) return `wrong: ${error.message}`
    throw error
  }
}

function passesOf(workload: Workload): Pass[] {
  if (workload.kind === 'training') return ['step']
  return workload.dy ? ['forward', 'backward', 'both'] : ['forward']
}
