import {
  allChecks,
  type CheckResult,
  type Event,
  type Report,
  referenceChecks,
  runInIsolation,
} from '@convkit/conformance'
import { entryOf } from '../backends.js'
import type { Source } from './source.js'
import { loadReferences } from './suite.js'
import { startWorkerHost } from './workerHost.js'

export interface CheckOptions {
  readonly seed: number
  /** Random cases a check. */
  readonly runs: number
  /** Names as in the command's `--only`; none are all. */
  readonly only: readonly string[]
  readonly environment: { readonly [name: string]: string }
}

/** Where a run is: what is new since it was told last. */
export interface Advance {
  readonly backend: Report['backend'] | null
  readonly total: number
  readonly current: string
  readonly results: readonly CheckResult[]
}

/** Milliseconds between two advances. */
const often = 150

/** Holds backends against the suite, each in workers of its own, and watches the clock. */
export class Supervisor {
  readonly #base: string
  #events: AsyncIterator<Event> | null = null

  constructor(base: string) {
    this.#base = base
  }

  /** The whole report, or null where `stop` was called. */
  async run(source: Source, options: CheckOptions, onAdvance: (advance: Advance) => void): Promise<Report | null> {
    const references = await loadReferences(this.#base)
    const isolation = {
      start: () => startWorkerHost(source),
      open: { type: 'open', source, references } as const,
      checks: [...allChecks(), ...referenceChecks(references)],
      processors: navigator.hardwareConcurrency,
    }
    const command = `npx convkit conformance ${source.kind === 'file' ? `./${source.name}` : entryOf(source.id).command}`
    const events = runInIsolation(isolation, { ...options, command })[Symbol.asyncIterator]()
    this.#events = events
    let advance: Advance = { backend: null, total: 0, current: '', results: [] }
    let told = 0
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const event = next.value
      if (event.type === 'start') advance = { ...advance, backend: event.backend, total: event.total }
      if (event.type === 'check') advance = { ...advance, current: event.id }
      if (event.type === 'again') advance = { ...advance, current: `${event.id}, again` }
      if (event.type === 'result') advance = { ...advance, results: [...advance.results, event.result] }
      if (event.type === 'end') return event.report
      if (performance.now() - told < often) continue
      onAdvance(advance)
      advance = { ...advance, results: [] }
      told = performance.now()
    }
    return null
  }

  async stop(): Promise<void> {
    await this.#events?.return?.()
  }
}
