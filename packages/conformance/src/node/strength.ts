import { appendFile, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { ConfigError, ConvkitError } from '@convkit/api'
import { allMutants } from '../mutants/bank.js'
import type { MutantResult } from '../mutants/run.js'
import type { Trial } from '../trial.js'
import { type BackendProcess, startProcess } from './process.js'
import type { BackendSource, Reply, Request } from './protocol.js'

export interface LongRunOptions {
  /** The first seed. */
  readonly seed: number
  readonly seeds: number
  /** Processes at a time; default two, where there are two processors. */
  readonly jobs?: number
  /** A file that results are appended to, one a line: the same run goes on from it. */
  readonly resume?: string
}

export interface MutantRunOptions extends LongRunOptions {
  /** Random cases a check. */
  readonly runs: number
  /** Stop at the first check that kills, instead of running all. */
  readonly firstOnly: boolean
}

const limit = 600_000

/** Every mutant at every seed, in processes of their own, as they come; first those that the file holds already. */
export function runMutants(options: MutantRunOptions): AsyncIterable<MutantResult> {
  const { runs, firstOnly } = options
  const tasks = seedsOf(options).flatMap((seed) => allMutants.map(({ name }) => ({ mutant: name, seed })))
  return longRun<MutantResult>(
    { of: 'mutants', runs, firstOnly },
    tasks.map(({ mutant, seed }) => ({ key: `${mutant} ${seed}`, request: { type: 'mutant', mutant, seed, runs, firstOnly } })),
    ({ mutant, seed }) => `${mutant} ${seed}`,
    options,
    async () => {},
  )
}

/** One case of every check at every seed, likewise: what a right backend must pass. */
export function runTrials(source: BackendSource, options: LongRunOptions): AsyncIterable<Trial> {
  return longRun<Trial>(
    { of: 'trials', source },
    seedsOf(options).map((seed) => ({ key: String(seed), request: { type: 'trial', seed } })),
    ({ seed }) => String(seed),
    options,
    async (process) => {
      await ask(process, { type: 'open', source, fixtures: null })
    },
  )
}

function seedsOf({ seed, seeds }: LongRunOptions): number[] {
  return Array.from({ length: seeds }, (_, i) => seed + i)
}

interface Task {
  readonly key: string
  readonly request: Request
}

async function* longRun<R>(
  header: object,
  tasks: readonly Task[],
  keyOf: (result: R) => string,
  { jobs = 2, resume }: LongRunOptions,
  prepare: (process: BackendProcess) => Promise<void>,
): AsyncGenerator<R, void, void> {
  const done = new Set<string>()
  for (const result of await linesOf<R>(resume, header)) {
    done.add(keyOf(result))
    if (tasks.some(({ key }) => key === keyOf(result))) yield result
  }
  const queue = tasks.filter(({ key }) => !done.has(key))
  const processes: BackendProcess[] = []
  const pending = new Map<BackendProcess, Promise<readonly [BackendProcess, R]>>()
  const next = (process: BackendProcess) => {
    const task = queue.shift()
    pending.delete(process)
    if (!task) return
    // The reply to a request holds its result, and each run asks one kind of request.
    const result = ask(process, task.request).then((reply) => [process, ('result' in reply ? reply.result : null) as R] as const)
    pending.set(process, result)
  }
  try {
    for (let i = 0; i < Math.min(jobs, availableParallelism(), queue.length); i++) {
      const own = startProcess(() => {}, process.execArgv)
      processes.push(own)
      await prepare(own)
      next(own)
    }
    while (pending.size > 0) {
      const [process, result] = await Promise.race(pending.values())
      next(process)
      if (resume !== undefined) await appendFile(resume, `${JSON.stringify(result)}\n`)
      yield result
    }
  } finally {
    for (const process of processes) process.kill()
  }
}

async function ask(process: BackendProcess, request: Request): Promise<Reply> {
  const answer = await process.ask(request, limit)
  if (answer.type === 'late') throw new ConvkitError(`no answer within ${limit / 1000} s: ${JSON.stringify(request)}`)
  if (answer.type === 'ended') throw new ConvkitError(`${answer.how}\n${answer.said}`)
  if (answer.reply.type === 'trouble') throw new ConvkitError(answer.reply.message)
  return answer.reply
}

/** The results in a file that this very run has begun; a new file gets the header. A last line cut short is left out. */
async function linesOf<R>(file: string | undefined, header: object): Promise<R[]> {
  if (file === undefined) return []
  const first = JSON.stringify(header)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  if (text === '') await appendFile(file, `${first}\n`)
  const [head = first, ...lines] = text.split('\n')
  if (text !== '' && head !== first)
    throw new ConfigError(`${file} holds another run, ${head.slice(0, 80)}; name another file, or delete it`)
  if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n')
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as R]
    } catch {
      return []
    }
  })
}
