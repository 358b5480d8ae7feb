import { ConvkitError } from '@convkit/api'
import { platform } from '#platform'
import { type Claims, createClaims, slot, spins } from './claims.js'
import { instantiate, kernelList, type Modules } from './instance.js'
import { paramsAddress } from './layout.js'
import { messageOf } from './modules.js'
import type { WorkerHandle } from './platform/platform.js'

/** Chunks a thread: more even out threads of unequal speed, fewer waste less at their borders. */
const chunksPerThread = 8
/** Below this estimate waking the others costs more than they bring. */
const worthSharing = 20_000
/** Seconds that a worker may take to start, and to answer beyond a hundred times what its kernel was thought to take. */
const patience = 30

export interface Threads {
  readonly count: number
  /** Why there are no workers where some were wanted, or null. */
  readonly refused: string | null
  /** Runs all units of a kernel and returns when they are done; `nanoseconds` is an estimate for one thread. */
  run(kernel: number, units: number, nanoseconds: number): void
  /** Which worker has ended by itself since the last call of this, if one has; the others do its work. */
  failure(): Error | null
  /** Ends the workers; from here on the calling thread does all the work. */
  stop(): Promise<void>
}

/**
 * The calling thread and `count - 1` workers, all of which have answered; the calling thread alone where one of them
 * cannot start, as where a page's policy or Node's permissions forbid them. `script`: the workers', if not this package's.
 */
export async function startThreads(
  memory: WebAssembly.Memory,
  modules: Modules,
  count: number,
  script: URL | null = null,
): Promise<Threads> {
  const kernels = kernelList(modules, instantiate(modules, memory))
  const alone = (kernel: number, units: number) => kernels[kernel](0, units, 0, paramsAddress)
  const single = { count: 1, refused: null, run: alone, failure: () => null, async stop() {} }
  if (count === 1) return single

  const claims = createClaims(memory)
  const workers: WorkerHandle[] = []
  let failed: Error | null = null
  let stopped = false

  function start(thread: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let alive = true
      const ended = (reason: string) => {
        const error = new ConvkitError(`wasm: worker thread ${thread} of ${count} has ended: ${reason}`)
        if (alive && !stopped) failed ??= error
        alive = false
        clearTimeout(timer)
        reject(new ConvkitError(`workers cannot start: ${reason}`))
      }
      const timer = setTimeout(ended, patience * 1000, `no answer within ${patience} seconds`)
      const ready = () => {
        clearTimeout(timer)
        resolve()
      }
      try {
        workers.push(platform.startWorker({ memory, modules, thread }, { ready, ended }, script))
      } catch (error) {
        ended(String(error))
      }
    })
  }

  async function stop(): Promise<void> {
    stopped = true
    await Promise.all(workers.map((worker) => worker.stop()))
  }

  try {
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 1)))
  } catch (error) {
    await stop()
    return { ...single, refused: messageOf(error) }
  }

  return {
    count,
    refused: null,
    stop,

    run(kernel, units, nanoseconds) {
      if (stopped || units === 1 || nanoseconds < worthSharing) return alone(kernel, units)
      claims.open(kernel, units, count * chunksPerThread)
      const error = takeAll(() => claims.take(kernels, 0))
      const seconds = patience + nanoseconds / 1e7
      if (!isDoneWithin(seconds, claims)) {
        // Its late claim would count in the next call.
        void stop()
        throw new ConvkitError(`wasm: a worker thread has not answered for ${seconds.toFixed()} seconds`)
      }
      if (Atomics.exchange(claims.control, slot.failed, 0) === 1)
        throw error ?? new ConvkitError('wasm: a kernel failed in a worker thread')
    },

    failure() {
      const found = failed
      failed = null
      return found
    },
  }
}

/** Takes until there is nothing left, whatever fails; returns the first error. */
function takeAll(take: () => boolean): unknown {
  let error: unknown = null
  for (let more = true; more; )
    try {
      more = take()
    } catch (thrown) {
      error ??= thrown
    }
  return error
}

/**
 * Chunks are short: whoever waits for the last of another thread's spins first. Counts seconds of waiting, since a clock
 * runs on where the whole process was stopped.
 */
function isDoneWithin(seconds: number, claims: Claims): boolean {
  for (let spin = 0; spin < spins; spin++) if (claims.isDone()) return true
  const second = platform.maySleep ? () => claims.sleep(1000) : () => spinFor(1000, claims)
  for (let late = 0; late < seconds; ) {
    if (claims.isDone()) return true
    if (second()) late++
  }
  return false
}

function spinFor(milliseconds: number, claims: Claims): boolean {
  for (const since = performance.now(); performance.now() - since < milliseconds; ) if (claims.isDone()) return false
  return true
}
