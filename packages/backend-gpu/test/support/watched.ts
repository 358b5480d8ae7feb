import { openCpu } from '../../src/providers/cpu.js'
import type { Provider, SessionSpec } from '../../src/providers/provider.js'

export interface Watched {
  readonly provider: Provider
  /** Every session that was asked for. */
  readonly specs: SessionSpec[]
  /** How many are open. */
  open: number
  /** Thrown by the next run, once. */
  fails: Error | null
}

/** The processor's provider, with a hold on its sessions. */
export async function watch(): Promise<Watched> {
  const cpu = await openCpu({})
  const watched: Watched = {
    specs: [],
    open: 0,
    fails: null,
    provider: {
      ...cpu,
      async createSession(spec) {
        const session = await cpu.createSession(spec)
        watched.specs.push(spec)
        watched.open++
        return {
          run(inputs) {
            const { fails } = watched
            watched.fails = null
            return fails ? Promise.reject(fails) : session.run(inputs)
          },
          release() {
            watched.open--
            return session.release()
          },
        }
      },
    },
  }
  return watched
}
