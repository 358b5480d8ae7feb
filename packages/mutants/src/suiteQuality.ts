import { availableParallelism } from 'node:os'
import { ConvkitError, checkOptions, type OptionNames } from '@convkit/api'
import { defaultRuns } from '@convkit/conformance/internal/core/check'
import type { Host, Reply } from '@convkit/conformance/internal/isolation/host'
import { startProcess } from '@convkit/conformance/internal/node/process'
import type { BackendSource, Request } from '@convkit/conformance/internal/node/protocol'
import { checkCounts } from '@convkit/conformance/internal/options'
import type { Trial } from '@convkit/conformance/internal/trial'
import { checkSeed } from '@convkit/data'
import { openJournal } from './journal.js'
import type { About } from './meet.js'
import type { Mutant } from './mutants/mutant.js'
import type { MutantResult } from './mutants/run.js'

type Process = Host<Request, Reply>

export interface LongRunOptions {
  /** The first seed; default 231. */
  readonly seed?: number | undefined
  /** How many seeds, one after the other. */
  readonly seeds: number
  /** Processes at a time; default two, where there are two processors. */
  readonly jobs?: number | undefined
  /** A file that keeps each result as it comes, so that the same run can go on after an end. */
  readonly resume?: string | undefined
}

export interface MutantRunOptions extends LongRunOptions {
  /** Random cases a check; default 40. */
  readonly runs?: number | undefined
  /** Stop at the first check that kills, instead of running all for the matrix. */
  readonly firstOnly: boolean
}

/** Making a backend may mean compiling it, and a mutant may meet every check. */
const limit = 600_000

/** Built, even where this file itself is not: plain Node has to run it. */
const meeting = new URL('../dist/meet.js', import.meta.url).href

/** Every mutant, of the bank or the museum, at every seed; results come as they are done, those that were kept first. */
export function runMutants(mutants: readonly Mutant[], given: MutantRunOptions): AsyncGenerator<MutantResult> {
  const {
    runs = defaultRuns,
    firstOnly,
    ...options
  } = checkLong('runMutants', given, {
    ...longOptions,
    runs: true,
    firstOnly: true,
  })
  const names = mutants.map(({ name }) => name)
  const requests = seedsOf(options).flatMap((seed) =>
    names.map((mutant) => {
      const about: About = { mutant, seed, runs, firstOnly }
      return { type: 'task', module: meeting, about } as const
    }),
  )
  return longRun<(typeof requests)[number], MutantResult>(options, {
    run: { mutants: names, runs, firstOnly },
    requests,
    keyOf(one) {
      const { mutant, seed } = 'about' in one ? one.about : one
      return `${mutant} ${seed}`
    },
    // Of `carryOut`, in that module.
    resultIn: (reply) => (reply.type === 'done' ? (reply.result as MutantResult) : null),
  })
}

export interface TrialOptions extends LongRunOptions {
  /** Random cases a check; default 1. */
  readonly runs?: number | undefined
}

/** Cases of every check at every seed: what a right backend must pass. */
export function runTrials(source: BackendSource, given: TrialOptions): AsyncGenerator<Trial> {
  const { runs = 1, ...options } = checkLong('runTrials', given, { ...longOptions, runs: true })
  const requests = seedsOf(options).map((seed) => ({ type: 'trial', seed, runs }) as const)
  return longRun<(typeof requests)[number], Trial>(options, {
    run: { trials: source, runs },
    first: { type: 'open', source, fixtures: null },
    requests,
    keyOf: ({ seed }) => String(seed),
    resultIn: (reply) => (reply.type === 'tried' ? reply.result : null),
  })
}

const longOptions: OptionNames<LongRunOptions> = { seed: true, seeds: true, jobs: true, resume: true }

function checkLong<T extends TrialOptions>(owner: string, options: T, names: OptionNames<T>): T {
  const given = checkOptions(owner, options, names)
  checkSeed(owner, given.seed ?? 0)
  checkCounts(owner, { seeds: given.seeds, jobs: given.jobs ?? 1, runs: given.runs ?? 1 })
  return given
}

function seedsOf({ seed = 231, seeds }: LongRunOptions): number[] {
  return Array.from({ length: seeds }, (_, i) => seed + i)
}

interface Plan<Q extends Request, R> {
  /** What tells this run from others in its file. */
  readonly run: object
  /** What each process is asked first. */
  readonly first?: Request
  readonly requests: readonly Q[]
  keyOf(about: Q | R): string
  resultIn(reply: Reply): R | null
}

async function* longRun<Q extends Request, R>(
  { jobs = 2, resume }: LongRunOptions,
  { run, first, requests, keyOf, resultIn }: Plan<Q, R>,
): AsyncGenerator<R> {
  const journal = await openJournal<R>(resume, run)
  const wanted = new Map(requests.map((request) => [keyOf(request), request]))
  for (const result of journal.done) if (wanted.delete(keyOf(result))) yield result
  const queue = [...wanted.values()]
  const processes = Array.from({ length: Math.min(jobs, availableParallelism(), queue.length) }, () =>
    startProcess(() => {}, []),
  )
  const pending = new Map<Process, Promise<readonly [Process, R]>>()
  const next = async (own: Process, request: Q) => {
    const result = resultIn(await ask(own, request))
    if (result === null) throw new ConvkitError(`no result for ${keyOf(request)}`)
    return [own, result] as const
  }
  const go = (own: Process) => {
    const request = queue.shift()
    if (request) pending.set(own, next(own, request))
    else pending.delete(own)
  }
  try {
    if (first) await Promise.all(processes.map((own) => ask(own, first)))
    for (const own of processes) go(own)
    while (pending.size > 0) {
      const [own, result] = await Promise.race(pending.values())
      go(own)
      await journal.add(result)
      yield result
    }
  } finally {
    for (const own of processes) own.kill()
  }
}

async function ask(own: Process, request: Request): Promise<Reply> {
  const answer = await own.ask(request, limit)
  if (answer.type === 'late') throw new ConvkitError(`no answer within ${limit / 1000} s: ${JSON.stringify(request)}`)
  if (answer.type === 'ended') throw new ConvkitError(`${answer.how}\n${answer.said}`)
  if (answer.reply.type === 'trouble') throw new ConvkitError(answer.reply.message)
  return answer.reply
}
