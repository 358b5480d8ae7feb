import { ConfigError, ConvkitError, type FloatDType } from '@convkit/api'
import { type ConformanceOptions, type Event, hung, settingsOf } from '../conformance.js'
import type { Check } from '../core/check.js'
import { type Executed, failed, resultOf } from '../execute.js'
import { createLedger } from '../ledger.js'
import { type BackendInfo, type CheckResult, scoreOf } from '../report/report.js'
import { select } from '../select.js'
import type { Answer, Host, Reply, Request } from './host.js'

export interface ApartOptions extends Omit<ConformanceOptions, 'checks' | 'oracle'> {
  /** Hosts at a time; default two, where there are two processors. */
  readonly jobs?: number
  /** Measure each right layer against naive afterwards; default false. */
  readonly speed?: boolean
}

/** Where the backend is kept apart from this thread; `O` is what a host is asked first, to make the backend. */
export interface Quarters<O> {
  start(): Host<O | Request, Reply>
  readonly open: O
  /** The same that the hosts know. */
  readonly checks: readonly Check[]
  readonly processors: number
}

/** Making a backend may mean compiling it. */
const openLimit = 120_000
/** Checks that take about as long as a host takes to start. */
const worthAHost = 50
const speedLimit = 60_000
/** A check ends itself before its limit if it can; what is late by this much as well never will. */
const grace = 1000

/**
 * Holds a backend against the suite in hosts of its own. One that crashes, hangs or runs out of memory is reported
 * with the check it was at, and the other checks go on in a fresh host. Throws `ConvkitError` where the backend
 * cannot be loaded, `ConfigError` for names that do not exist.
 */
export function runApart<O>(quarters: Quarters<O>, options: ApartOptions = {}): AsyncIterable<Event> {
  const hosts = new Set<Host<O | Request, Reply>>()
  const killAll = () => {
    for (const host of hosts) host.kill()
  }
  return drain(
    new ReadableStream<Event>({
      async start(controller) {
        try {
          await run(quarters, options, hosts, (event) => controller.enqueue(event))
          controller.close()
        } catch (error) {
          controller.error(error)
        } finally {
          killAll()
        }
      },
      cancel: killAll,
    }).getReader(),
  )
}

/** Not every browser can iterate over a stream itself. */
async function* drain<T>(reader: ReadableStreamDefaultReader<T>): AsyncGenerator<T, void, void> {
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel()
  }
}

async function run<O>(
  { start, open: request, checks, processors }: Quarters<O>,
  options: ApartOptions,
  hosts: Set<Host<O | Request, Reply>>,
  emit: (event: Event) => void,
): Promise<void> {
  const { path = null } = options
  const settings = settingsOf(options)

  async function open(): Promise<{ host: Host<O | Request, Reply>; backend: BackendInfo }> {
    const host = start()
    hosts.add(host)
    const reply = await expect(host, request, openLimit)
    if (reply.type !== 'opened') throw new ConvkitError(`the backend could not be loaded: ${reply.type}`)
    return { host, backend: reply.backend }
  }

  const first = await open()
  const queue = select(checks, first.backend.dtypes, options)
  const ledger = createLedger(first.backend, checks, options)
  emit({ type: 'start', backend: first.backend, total: queue.length })

  async function work(own: Host<O | Request, Reply> | null): Promise<void> {
    let blameless = true
    let last = ''
    for (let check = queue.shift(); check; check = queue.shift()) {
      emit({ type: 'check', id: check.id })
      try {
        if (own && !own.alive && blameless) ledger.problem(`the process ended by itself after ${last}`)
        if (!own?.alive) own = (await open()).host
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

  async function executeIn(host: Host<O | Request, Reply>, check: Check): Promise<Executed> {
    const start = Date.now()
    const answer = await host.ask({ type: 'check', id: check.id, settings, path }, settings.timeLimit + grace)
    const ms = Date.now() - start
    if (answer.type === 'late') return only(hung(check, settings.timeLimit, ms))
    if (answer.type === 'ended') {
      const failure = { ...failed(answer.how), thrown: answer.said || null, seed: settings.seed }
      return only(resultOf(check, 'crashed', { ms, failure }))
    }
    if (answer.reply.type === 'executed') return answer.reply.executed
    return only(resultOf(check, 'error', { ms, failure: failed(JSON.stringify(answer.reply)) }))
  }

  const jobs = Math.min(options.jobs ?? 2, processors, Math.ceil(queue.length / worthAHost))
  await Promise.all(Array.from({ length: Math.max(jobs, 1) }, (_, i) => work(i === 0 ? first.host : null)))
  if (options.speed) await time()
  emit({ type: 'end', report: ledger.report() })

  /** One host, once the others have ended: nothing else may run beside a measurement. */
  async function time(): Promise<void> {
    let host: Host<O | Request, Reply> | null = null
    for (const { layer, dtype } of rightLayers(ledger.results())) {
      emit({ type: 'speed', layer, dtype })
      if (!host?.alive) host = (await open()).host
      const answer = await host.ask({ type: 'speed', layer, dtype, seed: settings.seed }, speedLimit)
      if (answer.type === 'reply' && answer.reply.type === 'speed') ledger.recordSpeed(answer.reply.rows)
      else ledger.problem(`${layer} ${dtype} could not be timed: ${whyNot(answer)}`)
    }
    host?.kill()
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

function whyNot(answer: Answer<Reply>): string {
  if (answer.type === 'ended') return answer.how
  if (answer.type === 'late') return `it took longer than ${speedLimit / 1000} s`
  return answer.reply.type === 'trouble' ? answer.reply.message : answer.reply.type
}

function only(result: Executed['result']): Executed {
  return { result, coverage: {} }
}

/** A reply, or a `ConvkitError` that says why there is none. */
async function expect<Q>(host: Host<Q, Reply>, request: Q, limit: number): Promise<Reply> {
  const answer = await host.ask(request, limit)
  if (answer.type === 'late') throw new ConvkitError(`the backend could not be loaded within ${limit / 1000} s`)
  if (answer.type === 'ended')
    throw new ConvkitError(`the backend could not be loaded: ${answer.how}${answer.said && `\n${answer.said}`}`)
  if (answer.reply.type === 'trouble') {
    const { message, usage } = answer.reply
    throw usage ? new ConfigError(message) : new ConvkitError(message)
  }
  return answer.reply
}
