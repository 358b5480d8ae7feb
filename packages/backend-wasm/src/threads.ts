import { ConvkitError } from '@convkit/api'
import { platform } from '#platform'
import { type Claims, createClaims, maxChunks, slot, spins } from './claims.js'
import { instantiate, kernelList, type Modules } from './instance.js'
import { paramsAddress } from './layout.js'
import type { WorkerHandle } from './platform/platform.js'

/** Chunks a thread: more even out threads of unequal speed, fewer waste less at their borders. */
const chunksPerThread = 4
/** Below this estimate waking the others costs more than they bring. */
const worthSharing = 20_000
const patience = 30_000

export interface Threads {
  readonly count: number
  /** Runs all units of a kernel and returns when they are done; `nanoseconds` is an estimate for one thread. */
  run(kernel: number, units: number, nanoseconds: number): void
  /** What went wrong since the last call of this, if anything did. */
  failure(): Error | null
  stop(): Promise<void>
}

/** The calling thread and `count - 1` workers, all of which have answered. */
export async function startThreads(memory: WebAssembly.Memory, modules: Modules, count: number): Promise<Threads> {
  const kernels = kernelList(modules, instantiate(modules, memory))
  if (count === 1) return alone((kernel, units) => kernels[kernel](0, units, 0, paramsAddress))

  const claims = createClaims(memory)
  const workers: WorkerHandle[] = []
  let failed: Error | null = null
  let stopped = false

  function start(thread: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (reason: string) => {
        const error = new ConvkitError(`wasm: worker thread ${thread} of ${count} has ended: ${reason}`)
        if (!stopped) failed ??= error
        reject(error)
      }
      workers.push(platform.startWorker({ memory, modules, thread }, { ready: resolve, ended }))
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
    throw error
  }

  return {
    count,
    stop,

    run(kernel, units, nanoseconds) {
      if (units === 1 || nanoseconds < worthSharing) return kernels[kernel](0, units, 0, paramsAddress)
      claims.open(kernel, units, Math.min(units, count * chunksPerThread, maxChunks))
      try {
        claims.take(kernels, 0)
      } catch (error) {
        claims.settle()
        throw error
      } finally {
        waitFor(claims)
      }
    },

    failure() {
      if (Atomics.exchange(claims.control, slot.failed, 0) === 1)
        failed ??= new ConvkitError('wasm: a kernel failed in a worker thread')
      const found = failed
      failed = null
      return found
    },
  }
}

function alone(run: Threads['run']): Threads {
  return { count: 1, run, failure: () => null, async stop() {} }
}

/** Chunks are short: whoever waits for the last of another thread's spins first. */
function waitFor(claims: Claims): void {
  for (let spin = 0; spin < spins; spin++) if (claims.isDone()) return
  const since = performance.now()
  while (!claims.isDone()) {
    if (performance.now() - since > patience)
      throw new ConvkitError(`wasm: a worker thread has not answered for ${patience / 1000} seconds`)
    if (platform.maySleep) claims.sleep(1000)
  }
}
