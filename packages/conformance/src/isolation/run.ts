import { ConvkitError, type OptionNames } from '@convkit/api'
import { defaultLoadLimit, type Event, settingsOf } from '../conformance.js'
import type { Check } from '../core/check.js'
import { failed, resultOf } from '../execute.js'
import { createLedger } from '../ledger.js'
import { type ConformanceOptions, checkCounts, checkRun, conformanceOptions } from '../options.js'
import { type Planned, planOf, reproduces } from '../plan.js'
import { draw } from '../replay/draw.js'
import type { Laboratory, Past } from '../replay/reproduce.js'
import { reproduceAll } from '../replay/reproduceAll.js'
import type { BackendInfo } from '../report/report.js'
import type { Host, Reply, Request } from './host.js'
import { expect, meet, only } from './meet.js'
import { timeLayers } from './timeLayers.js'

export interface IsolationOptions extends Omit<ConformanceOptions, 'checks' | 'oracle'> {
  /** Hosts at a time; default two, where there are two processors. */
  readonly jobs?: number
  /** Measure each right layer against naive afterwards; default false. */
  readonly speed?: boolean
}

const { checks: _, oracle: __, ...inherited } = conformanceOptions

export const isolationOptions: OptionNames<IsolationOptions> = { ...inherited, jobs: true, speed: true }

/** Where the backend is kept apart from this thread; `O` is what a host is asked first, to make the backend. */
export interface Isolation<O> {
  start(): Host<O | Request, Reply>
  readonly open: O
  /** The same that the hosts know. */
  readonly checks: readonly Check[]
  readonly processors: number
}

/** Checks that take about as long as a host takes to start. */
const worthAHost = 50
/** Milliseconds between two signs of life of a check: seldom enough to cost nothing. */
const beat = 20

/**
 * Holds a backend against the suite in hosts of its own. One that crashes, hangs or runs out of memory is reported
 * with the check it was at, and the other checks go on in a fresh host. Throws `ConvkitError` where the backend
 * cannot be loaded, `ConfigError` for names that do not exist and for a selection of no checks.
 */
export function runInIsolation<O>(isolation: Isolation<O>, options: IsolationOptions = {}): AsyncIterable<Event> {
  const hosts = new Set<Host<O | Request, Reply>>()
  const killAll = () => {
    for (const host of hosts) host.kill()
  }
  return drain(
    new ReadableStream<Event>({
      async start(controller) {
        try {
          await run(isolation, options, hosts, (event) => controller.enqueue(event))
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
  { start, open: request, checks, processors }: Isolation<O>,
  given: IsolationOptions,
  hosts: Set<Host<O | Request, Reply>>,
  emit: (event: Event) => void,
): Promise<void> {
  const options = checkRun('runInIsolation', given, isolationOptions)
  const { loadLimit = defaultLoadLimit } = options
  checkCounts('runInIsolation', { jobs: options.jobs ?? 1 })
  const settings = settingsOf(options)

  async function open(): Promise<{ host: Host<O | Request, Reply>; backend: BackendInfo }> {
    const host = start()
    hosts.add(host)
    const reply = await expect(host, request, loadLimit)
    if (reply.type !== 'opened') throw new ConvkitError(`the backend could not be loaded: ${reply.type}`)
    return { host, backend: reply.backend }
  }

  const first = await open()
  const queue = planOf(checks, first.backend.dtypes, options)
  const ledger = createLedger(first.backend, checks, options)
  const before = new Map<string, readonly Past[]>()
  emit({ type: 'start', backend: first.backend, total: queue.length })

  async function work(own: Host<O | Request, Reply> | null): Promise<void> {
    let [blameless, last] = [true, '']
    let past: readonly Past[] = []
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { id } = next.check
      emit({ type: 'check', id })
      try {
        if (own && !own.alive && blameless) ledger.problem(`the process ended by itself after ${last}`)
        if (!own?.alive) {
          own = (await open()).host
          past = []
        }
        before.set(id, past)
        const { executed } = await meet(own, next.check, next.steps, settings, beat)
        past = [...past, { id, cases: executed.result.cases }]
        emit({ type: 'result', result: ledger.record(executed) })
        last = id
        blameless = !['crashed', 'hung'].includes(executed.result.status)
      } catch (error) {
        emit({ type: 'result', result: ledger.record(only(lost(next, error))) })
      }
    }
    if (own?.alive) await own.ask({ type: 'close' }, loadLimit)
    own?.kill()
  }

  const jobs = Math.max(1, Math.min(options.jobs ?? 2, processors, Math.ceil(queue.length / worthAHost)))
  await Promise.all(Array.from({ length: jobs }, (_, i) => work(i === 0 ? first.host : null)))
  if (reproduces(options))
    for await (const id of reproduceAll(ledger, before, laboratory())) emit({ type: 'again', id })
  if (options.speed) await timeLayers(ledger, settings.seed, async () => (await open()).host, emit)
  emit({ type: 'end', report: ledger.report() })

  function laboratory(): Laboratory {
    return {
      atOnce: Math.min(options.jobs ?? 2, processors),
      async run(steps) {
        const check = checks.find(({ id }) => id === steps.at(-1)?.id)
        if (!check) throw new Error('there is nothing to run')
        const { host } = await open()
        const { executed, life } = await meet(host, check, steps, settings, 0)
        host.kill()
        return { result: executed.result, at: life.at }
      },
      draw: (id, path) => draw(checks, settings, id, path),
    }
  }
}

function lost({ check }: Planned, error: unknown) {
  const why = error instanceof Error ? error.message : String(error)
  return resultOf(check, 'crashed', { failure: failed(`the backend could not be loaded again: ${why}`) })
}
