import type { CheckResult, Report } from '@convkit/conformance'
import { proxy, type Remote, wrap } from 'comlink'
import { useRef, useState } from 'preact/hooks'
import { entryOf } from '../backends.js'
import { environment } from '../device.js'
import type { Source } from './source.js'
import type { CheckOptions, Supervisor } from './supervisor.js'

/** A backend's run, under way or over. */
export interface CheckRun {
  readonly title: string
  readonly backend: Report['backend'] | null
  readonly total: number
  readonly current: string
  readonly results: readonly CheckResult[]
  readonly report: Report | null
  readonly state: 'waiting' | 'running' | 'done' | 'stopped'
  /** Why there is no report. */
  readonly problem: string | null
}

export interface CheckHandle {
  readonly runs: readonly CheckRun[]
  readonly busy: boolean
  start(sources: readonly Source[], options: Omit<CheckOptions, 'environment'>): Promise<void>
  stop(): void
}

export function useCheck(): CheckHandle {
  const [runs, setRuns] = useState<readonly CheckRun[]>([])
  const [busy, setBusy] = useState(false)
  const supervisor = useRef<Promise<Remote<Supervisor>> | null>(null)
  const stopped = useRef(false)

  async function start(sources: readonly Source[], options: Omit<CheckOptions, 'environment'>) {
    const put = (i: number, change: (run: CheckRun) => Partial<CheckRun>) =>
      setRuns((before) => before.map((run, j) => (i === j ? { ...run, ...change(run) } : run)))
    setBusy(true)
    stopped.current = false
    setRuns(sources.map((source) => waiting(titleOf(source))))
    supervisor.current ??= connect()
    const [remote, described] = await Promise.all([supervisor.current, environment()])
    for (const [i, source] of sources.entries()) {
      if (stopped.current) {
        put(i, () => ({ state: 'stopped' }))
        continue
      }
      put(i, () => ({ state: 'running' }))
      try {
        const report = await remote.run(
          source,
          { ...options, environment: described },
          proxy(({ backend, total, current, results }) =>
            put(i, (run) => ({ backend, total, current, results: [...run.results, ...results] })),
          ),
        )
        put(i, (run) =>
          report
            ? { report, results: report.checks, backend: report.backend, total: run.total, state: 'done' }
            : { state: 'stopped' },
        )
      } catch (error) {
        put(i, () => ({ state: 'done', problem: error instanceof Error ? error.message : String(error) }))
      }
    }
    setBusy(false)
  }

  function stop(): void {
    stopped.current = true
    void supervisor.current?.then((remote) => remote.stop())
  }

  return { runs, busy, start, stop }
}

async function connect(): Promise<Remote<Supervisor>> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'check' })
  const Remote = wrap<typeof Supervisor>(worker)
  return await new Remote(new URL('data/', document.baseURI).href)
}

const titleOf = (source: Source): string => (source.kind === 'file' ? source.name : entryOf(source.id).title)

function waiting(title: string): CheckRun {
  return { title, backend: null, total: 0, current: '', results: [], report: null, state: 'waiting', problem: null }
}
