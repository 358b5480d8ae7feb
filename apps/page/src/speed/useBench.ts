import { proxy, wrap } from 'comlink'
import { useRef, useState } from 'preact/hooks'
import type { BackendId } from '../backends.js'
import { environment } from '../device.js'
import type { runBench, SpeedEvents, SpeedRow } from './bench.js'

export interface BenchState {
  readonly busy: boolean
  readonly done: number
  readonly of: number
  readonly current: string
  readonly backends: { readonly [id: string]: string }
  readonly rows: readonly SpeedRow[]
  readonly problems: readonly { readonly backend: BackendId; readonly workload: string; readonly message: string }[]
  readonly environment: { readonly [name: string]: string }
}

const empty: BenchState = {
  busy: false,
  done: 0,
  of: 1,
  current: '',
  backends: {},
  rows: [],
  problems: [],
  environment: {},
}

export function useBench() {
  const [state, setState] = useState(empty)
  const worker = useRef<Worker | null>(null)

  async function start(ids: readonly BackendId[]): Promise<void> {
    stop()
    setState({ ...empty, busy: true, environment: await environment() })
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'speed' })
    worker.current = own
    const change = (next: (before: BenchState) => Partial<BenchState>) =>
      setState((before) => ({ ...before, ...next(before) }))
    const events: SpeedEvents = {
      onProgress: (done, of, current) => change(() => ({ done, of, current })),
      onBackend: (id, description) => change(({ backends }) => ({ backends: { ...backends, [id]: description } })),
      onRow: (row) => change(({ rows }) => ({ rows: [...rows, row] })),
      onProblem: (backend, workload, message) =>
        change(({ problems }) => ({ problems: [...problems, { backend, workload, message }] })),
    }
    try {
      await wrap<typeof runBench>(own)(ids, proxy(events))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      change(({ problems }) => ({ problems: [...problems, { backend: ids[0] ?? 'naive', workload: '', message }] }))
    }
    stop()
  }

  function stop(): void {
    worker.current?.terminate()
    worker.current = null
    setState((before) => ({ ...before, busy: false }))
  }

  return { state, start, stop }
}
