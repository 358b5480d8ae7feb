import { availableParallelism } from 'node:os'
import { ReadableStream } from 'node:stream/web'
import { ConfigError, ConvkitError, type FloatDType } from '@convkit/api'
import { type ConformanceOptions, type Event, hung, settingsOf } from '../conformance.js'
import type { Check } from '../core/check.js'
import { type Executed, failed, resultOf } from '../execute.js'
import { createLedger } from '../ledger.js'
import { type BackendInfo, type CheckResult, scoreOf } from '../report/report.js'
import { select } from '../select.js'
import { environment } from './environment.js'
import { type Answer, type BackendProcess, startProcess } from './process.js'
import type { BackendSource, Reply, Request } from './protocol.js'
import { suite } from './suite.js'

export interface IsolatedOptions extends Omit<ConformanceOptions, 'checks' | 'oracle'> {
  /** Processes at a time; default two, where there are two processors. */
  readonly jobs?: number
  /** A folder of reference files; see docs/reference-files.md. */
  readonly fixtures?: string
  /** Measure each right layer against naive afterwards; default false. */
  readonly speed?: boolean
  /** What the backend writes to stdout and stderr. */
  readonly onOutput?: (text: string) => void
  /** Flags of Node for the processes; default none. */
  readonly execArgv?: readonly string[]
}

/** Making a backend may mean compiling it. */
const openLimit = 120_000
/** Checks that take about as long as a process takes to start. */
const worthAProcess = 50
const speedLimit = 60_000
/** A check ends itself before its limit if it can; what is late by this much as well never will. */
const grace = 1000

/**
 * Holds a backend against the suite in processes of its own. One that crashes, hangs or runs out of memory is reported
 * with the check it was at, and the other checks go on in a fresh process. Throws `ConvkitError` where the backend
 * cannot be loaded, `ConfigError` for names that do not exist.
 */
export function runIsolated(source: BackendSource, options: IsolatedOptions = {}): AsyncIterable<Event> {
  const processes = new Set<BackendProcess>()
  return new ReadableStream<Event>({
    async start(controller) {
      try {
        await run(source, options, processes, (event) => controller.enqueue(event))
        controller.close()
      } catch (error) {
        controller.error(error)
      } finally {
        for (const process of processes) process.kill()
      }
    },
    cancel() {
      for (const process of processes) process.kill()
    },
  })
}

async function run(
  source: BackendSource,
  options: IsolatedOptions,
  processes: Set<BackendProcess>,
  emit: (event: Event) => void,
): Promise<void> {
  const { fixtures = null, onOutput = () => {}, execArgv = [], path = null } = options
  const settings = settingsOf(options)
  const checks = await suite(fixtures)

  async function open(): Promise<{ process: BackendProcess; backend: BackendInfo }> {
    const process = startProcess(onOutput, execArgv)
    processes.add(process)
    const reply = await expect(process, { type: 'open', source, fixtures }, openLimit)
    if (reply.type !== 'opened') throw new ConvkitError(`the backend could not be loaded: ${reply.type}`)
    return { process, backend: reply.backend }
  }

  const first = await open()
  const queue = select(checks, first.backend.dtypes, options)
  const ledger = createLedger(first.backend, checks, { ...options, environment: environment(options.environment) })
  emit({ type: 'start', backend: first.backend, total: queue.length })

  async function work(own: BackendProcess | null): Promise<void> {
    let blameless = true
    let last = ''
    for (let check = queue.shift(); check; check = queue.shift()) {
      emit({ type: 'check', id: check.id })
      try {
        if (own && !own.alive && blameless) ledger.problem(`the process ended by itself after ${last}`)
        if (!own?.alive) own = (await open()).process
        const executed = await executeIn(own, check)
        emit({ type: 'result', result: ledger.record(executed) })
        last = check.id
        blameless = !['crashed', 'hung'].includes(executed.result.status)
      } catch (error) {
        const failure = failed(
          `the backend could not be loaded again: ${error instanceof Error ? error.message : error}`,
        )
        emit({ type: 'result', result: ledger.record(only(resultOf(check, 'crashed', { failure }))) })
      }
    }
    if (own?.alive) await own.ask({ type: 'close' }, openLimit)
    own?.kill()
  }

  async function executeIn(process: BackendProcess, check: Check): Promise<Executed> {
    const start = Date.now()
    const answer = await process.ask({ type: 'check', id: check.id, settings, path }, settings.timeLimit + grace)
    const ms = Date.now() - start
    if (answer.type === 'late') return only(hung(check, settings.timeLimit, ms))
    if (answer.type === 'ended') {
      const failure = { ...failed(answer.how), thrown: answer.said || null, seed: settings.seed }
      return only(resultOf(check, 'crashed', { ms, failure }))
    }
    if (answer.reply.type === 'executed') return answer.reply.executed
    return only(resultOf(check, 'error', { ms, failure: failed(JSON.stringify(answer.reply)) }))
  }

  const jobs = Math.min(options.jobs ?? 2, availableParallelism(), Math.ceil(queue.length / worthAProcess))
  await Promise.all(Array.from({ length: Math.max(jobs, 1) }, (_, i) => work(i === 0 ? first.process : null)))
  if (options.speed) await time()
  emit({ type: 'end', report: ledger.report() })

  /** One process, once the others have ended: nothing else may run beside a measurement. */
  async function time(): Promise<void> {
    let process: BackendProcess | null = null
    for (const { layer, dtype } of rightLayers(ledger.results())) {
      emit({ type: 'speed', layer, dtype })
      if (!process?.alive) process = (await open()).process
      const answer = await process.ask({ type: 'speed', layer, dtype, seed: settings.seed }, speedLimit)
      if (answer.type === 'reply' && answer.reply.type === 'speed') ledger.recordSpeed(answer.reply.rows)
      else ledger.problem(`${layer} ${dtype} could not be timed: ${whyNot(answer)}`)
    }
    process?.kill()
  }
}

/** Layers of which every check that ran passed, and something did: a wrong kernel has no speed. */
function rightLayers(results: readonly CheckResult[]): { readonly layer: string; readonly dtype: FloatDType }[] {
  const layers = [...new Set(results.map(({ layer }) => layer))]
  return layers.flatMap((layer) =>
    (['float32', 'float64'] as const).flatMap((dtype) => {
      const own = results.filter((result) => result.layer === layer && result.dtype === dtype)
      const { passed, claimed } = scoreOf(own)
      return passed > 0 && passed === claimed ? [{ layer, dtype }] : []
    }),
  )
}

function whyNot(answer: Answer): string {
  if (answer.type === 'ended') return answer.how
  if (answer.type === 'late') return `it took longer than ${speedLimit / 1000} s`
  return answer.reply.type === 'trouble' ? answer.reply.message : answer.reply.type
}

function only(result: Executed['result']): Executed {
  return { result, coverage: {} }
}

/** A reply, or a `ConvkitError` that says why there is none. */
async function expect(process: BackendProcess, request: Request, limit: number): Promise<Reply> {
  const answer = await process.ask(request, limit)
  if (answer.type === 'late') throw new ConvkitError(`the backend could not be loaded within ${limit / 1000} s`)
  if (answer.type === 'ended')
    throw new ConvkitError(`the backend could not be loaded: ${answer.how}${answer.said && `\n${answer.said}`}`)
  if (answer.reply.type === 'trouble') {
    const { message, usage } = answer.reply
    throw usage ? new ConfigError(message) : new ConvkitError(message)
  }
  return answer.reply
}
