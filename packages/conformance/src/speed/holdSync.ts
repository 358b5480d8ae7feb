import { type Backend, Scope } from '@convkit/api'
import { settleOf } from '../core/calls.js'
import { Violation } from '../core/violation.js'
import { median } from './median.js'
import { type Entry, sampleTime } from './sampling.js'

/** Reads that all have to be late: a pause of the engine makes one late, not each of them. */
const reads = 5
/** Of the time that calls seemed to take: what is left to do may be so much of it. */
const share = 0.5
const mostCalls = 10_000

/**
 * Throws a `Violation` where `sync` returns before the work is done: then a read after some calls and their `sync` takes
 * longer than one that finds nothing to wait for, and by more than half of what the calls seemed to take. So what is timed
 * with this `sync` takes less than one and a half times as long in truth. The calls are made once, twice, four times, ...,
 * until they seem to take as long as a sample, since what takes no time cannot be seen.
 */
export async function holdSync(backend: Backend, { call, sync }: Pick<Entry, 'call' | 'sync'>): Promise<void> {
  // Without one of its own, `sync` is a read.
  if (!backend.sync) return
  using scope = new Scope(backend)
  const settle = settleOf(backend, scope)
  await settle()
  for (let calls = 1; ; calls *= 2) {
    const first = await once(calls)
    if (isLate(first)) {
      const all = [first]
      while (all.length < reads && all.every(isLate)) all.push(await once(calls))
      if (all.every(isLate)) throw new Violation(lateText(all, calls))
    }
    if (first.seemed >= sampleTime || calls >= mostCalls) return
  }

  async function once(calls: number): Promise<Reads> {
    const seemed = await milliseconds(async () => {
      for (let i = 0; i < calls; i++) {
        await call()
        await sync()
      }
    })
    const after = await milliseconds(settle)
    return { seemed, after, idle: await milliseconds(settle) }
  }
}

interface Reads {
  /** Milliseconds of the calls, each waited for by `sync`, */
  readonly seemed: number
  /** of a read right after them, */
  readonly after: number
  /** and of one after that. */
  readonly idle: number
}

function isLate({ seemed, after, idle }: Reads): boolean {
  return after - idle > share * Math.max(seemed, sampleTime)
}

function lateText(all: readonly Reads[], calls: number): string {
  const [seemed, after, idle] = (['seemed', 'after', 'idle'] as const).map((key) =>
    median(all.map((one) => one[key])).toPrecision(3),
  )
  const what = calls === 1 ? 'a call' : `${calls} calls`
  return `sync returns before the work is done: ${what} seemed to take ${seemed} ms, but a read after that took ${after} ms, and one more ${idle} ms`
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
