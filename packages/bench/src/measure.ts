import { UnsupportedError } from '@convkit/api'
import {
  type Case,
  type Entry,
  holdSync,
  type Samples,
  type SamplingBudget,
  sampleInTurns,
  Violation,
} from '@convkit/conformance'
import { baseline, type Contender, reasonOf } from './contender.js'
import { close, loose } from './gate/close.js'
import type { Differences, Gate } from './gate/gate.js'
import type { Peer, PeerRunnable } from './peer.js'
import { prepareLayer, setsOf } from './runnable/layer.js'
import { type Call, leftOut, type Refusal, type Runnable, rotate, timeOfCall } from './runnable/runnable.js'
import { prepareTraining } from './runnable/training.js'
import { turned } from './workload/layer.js'
import type { LayerWorkload, Pass, Workload } from './workload/workload.js'

/** A contender or a peer, admitted to a workload or not. */
export interface Runner {
  readonly name: string
  readonly dtype: Contender['dtype']
  readonly runnable: Runnable | null
  /** Why it is not run at all. */
  readonly refusal: Refusal | null
  readonly differences: Differences | null
}

/** One contender behind the gate. */
export async function admit(workload: Workload, c: Case | null, gate: Gate, contender: Contender): Promise<Runner> {
  // Before the gate, which calls the same kernels: the first call is the one that compiles.
  const runner = await open(workload, c, contender)
  const { name, runnable, refusal } = runner
  if (refusal || name === baseline.name) return runner
  try {
    const differences = await gate.hold(contender)
    if (runnable) await holdSyncOf(runnable, contender)
    return { ...runner, differences }
  } catch (error) {
    runnable?.[Symbol.dispose]()
    return { ...runner, runnable: null, refusal: refusalOf(error) }
  }
}

/** An epoch is made of steps. */
async function holdSyncOf({ calls: { epoch: _, ...calls }, sync }: Runnable, { instance }: Contender): Promise<void> {
  for (const call of Object.values(calls)) await holdSync(instance, { call, sync })
}

/** A contender or a peer with its operands in place, and no question asked. */
export async function open(workload: Workload, c: Case | null, who: Contender | Peer): Promise<Runner> {
  const { name } = who
  const dtype = 'dtype' in who ? who.dtype : 'float32'
  const nothing = { name, dtype, runnable: null, refusal: null, differences: null }
  try {
    return { ...nothing, runnable: await prepareOn(workload, c, who) }
  } catch (error) {
    return { ...nothing, refusal: refusalOf(error) }
  }
}

async function prepareOn(workload: Workload, c: Case | null, who: Contender | Peer): Promise<Runnable> {
  if ('instance' in who && workload.kind === 'training') return await prepareTraining(workload, who)
  if (workload.kind === 'training' || !c) throw new Error(`${workload.name}: a layer wants a case`)
  if ('instance' in who) return await prepareLayer(workload, who, c)
  const sets = await setsOfPeer(workload, c, who)
  return rotate(sets.map((set) => ({ ...set, first: {} })))
}

async function setsOfPeer(workload: LayerWorkload, c: Case, peer: Peer): Promise<PeerRunnable[]> {
  const sets: PeerRunnable[] = []
  try {
    for (let turn = 0; turn < setsOf(workload); turn++) sets.push(await peer.prepare(workload, turned(c, turn)))
    return sets
  } catch (error) {
    for (const set of sets) set[Symbol.dispose]()
    throw error
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof UnsupportedError) return { status: 'unsupported', reason: reasonOf(error) }
  return { status: error instanceof Violation ? 'wrong' : 'failed', reason: reasonOf(error) }
}

/** One peer; each of its passes that is wrong gets no time. */
export async function invite(
  workload: LayerWorkload,
  c: Case,
  gate: Gate,
  peer: Peer,
  patienceSeconds: number,
): Promise<Runner> {
  const { name } = peer
  let sets: readonly PeerRunnable[] = []
  try {
    sets = await setsOfPeer(workload, c, peer)
    const [some] = sets
    if (!some) throw new Error(`${workload.name}: no operands`)
    const calls = { ...some.calls }
    const missing: { [P in Pass]?: Refusal } = { ...some.missing }
    const first: { [P in Pass]?: number } = {}
    for (const pass of workload.passes) {
      const call = calls[pass]
      if (!call) continue
      await some.enter?.()
      first[pass] = await timeOfCall(call, some.sync)
      const seconds = first[pass] / 1000
      const wrong = await whatIsWrong(await some.results(pass), gate)
      if (wrong !== null) missing[pass] = { status: 'wrong', reason: `wrong: ${wrong}` }
      else if (seconds > patienceSeconds) missing[pass] = leftOut(`a call takes more than ${patienceSeconds} s`)
      if (missing[pass]) delete calls[pass]
    }
    const runnable = rotate(sets.map((set) => ({ ...set, calls: pick(set.calls, calls), missing, first })))
    return { name, dtype: 'float32', runnable, refusal: null, differences: null }
  } catch (error) {
    for (const set of sets) set[Symbol.dispose]()
    return { name, dtype: 'float32', runnable: null, refusal: refusalOf(error), differences: null }
  }
}

function pick(calls: Runnable['calls'], kept: Runnable['calls']): Runnable['calls'] {
  return Object.fromEntries(Object.entries(calls).filter(([pass]) => pass in kept))
}

async function whatIsWrong(
  results: Awaited<ReturnType<PeerRunnable['results']>>,
  { exact }: Gate,
): Promise<string | null> {
  if (!exact) return null
  try {
    for (const [name, { data }] of Object.entries(results)) close(name, data, exact[name]?.data ?? [], loose)
    return null
  } catch (error) {
    if (error instanceof Violation) return error.message
    throw error
  }
}

export interface Sampled {
  readonly samples: Samples
  readonly refusal: Refusal | null
}

/** Milliseconds of a step from which an epoch of more steps is not waited for. */
const patience = 120_000

/** Samples one pass of all runners in turns; a refusal or samples for each, null where it has no such pass. */
export async function samplePass(
  pass: Pass,
  runners: readonly Runner[],
  budget: SamplingBudget,
  expected: (runner: Runner) => number | null,
): Promise<(Sampled | null)[]> {
  const refusals = runners.map(
    (runner) => runner.refusal ?? runner.runnable?.missing[pass] ?? tooLong(expected(runner)),
  )
  const entries = runners.map(({ name, runnable }, i): Entry | null => {
    const call = runnable?.calls[pass]
    if (!runnable || !call || refusals[i]) return null
    const fail = (error: unknown) => {
      refusals[i] ??= { status: 'failed', reason: reasonOf(error) }
    }
    // The baseline is plain code: what took long at first takes as long again.
    const first = name === baseline.name ? runnable.first[pass] : undefined
    return { name, ...untilFailure(runnable, call, fail), ...(first && { first }) }
  })
  const taken = entries.filter((entry) => entry !== null)
  const samples = await sampleInTurns(taken, budget)
  return entries.map((entry, i): Sampled | null => {
    const refusal = refusals[i] ?? null
    if (refusal) return { samples: [], refusal }
    return entry ? { samples: samples[taken.indexOf(entry)] ?? [], refusal: null } : null
  })
}

/** The others go on where one fails in the middle of its samples. */
function untilFailure({ sync, enter }: Runnable, call: Call, onFailure: (error: unknown) => void): Omit<Entry, 'name'> {
  let failed = false
  const guarded = (action: () => unknown) => async () => {
    if (failed) return
    try {
      await action()
    } catch (error) {
      failed = true
      onFailure(error)
    }
  }
  return {
    call() {
      if (failed) return undefined
      try {
        const done = call()
        return done instanceof Promise ? guarded(() => done)() : undefined
      } catch (error) {
        failed = true
        onFailure(error)
        return undefined
      }
    },
    sync: guarded(sync),
    ...(enter && { enter: guarded(enter) }),
  }
}

function tooLong(milliseconds: number | null): Refusal | null {
  if (milliseconds === null || milliseconds < patience) return null
  return { status: 'left out', reason: `estimated at ${Math.round(milliseconds / 60_000)} minutes` }
}
