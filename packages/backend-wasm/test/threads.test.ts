import { Worker } from 'node:worker_threads'
import { ConvkitError } from '@convkit/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { slot } from '../src/claims.js'
import { controlAddress } from '../src/layout.js'
import { createMemory } from '../src/memory.js'
import { compileModules } from '../src/modules.js'
import { platform } from '../src/platform/node.js'
import type { WorkerHandle } from '../src/platform/platform.js'
import { createRuntime } from '../src/runtime.js'
import { startThreads } from '../src/threads.js'
import { isEqual, kernelsOf, make } from './support/backend.js'

const size = 200_001
const data = Float32Array.from({ length: size }, (_, i) => (i % 5) - 2)
const expected = data.map((value) => Math.max(value, 0))

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Real workers, with a hold on each. */
function watchWorkers(): WorkerHandle[] {
  const handles: WorkerHandle[] = []
  const start = platform.startWorker
  vi.spyOn(platform, 'startWorker').mockImplementation((...args) => {
    const handle = start(...args)
    handles.push(handle)
    return handle
  })
  return handles
}

async function computesRight(backend: Awaited<ReturnType<typeof make>>): Promise<boolean> {
  const [x, y] = [backend.alloc(size, 'float32'), backend.alloc(size, 'float32')]
  backend.write(x, data)
  kernelsOf(backend, 'float32').relu.forward({ size }, x, y)
  const got = await backend.read(y)
  backend.free(x)
  backend.free(y)
  return isEqual(got, expected)
}

describe('a worker that dies', () => {
  it.each([2, 3])('gives one error at the next read, and the others do its work (threads: %i)', async (threads) => {
    const workers = watchWorkers()
    await using backend = await make({ threads })
    expect(await computesRight(backend)).toBe(true)
    await workers[0].stop()
    await expect(backend.sync()).rejects.toThrow(
      new ConvkitError(`wasm: worker thread 1 of ${threads} has ended: it exited with code 1`),
    )
    for (let again = 0; again < 20; again++) expect(await computesRight(backend)).toBe(true)
  })

  it('gives one error too where all of them die', async () => {
    const workers = watchWorkers()
    await using backend = await make({ threads: 4 })
    await Promise.all(workers.map((worker) => worker.stop()))
    await expect(computesRight(backend)).rejects.toThrow('has ended')
    for (let again = 0; again < 5; again++) expect(await computesRight(backend)).toBe(true)
  })

  it('in the midst of a call ends the wait, with one error; from there on the caller computes alone', async () => {
    const stop = vi.fn(async () => {})
    vi.spyOn(platform, 'startWorker').mockImplementation(({ memory }, { ready }) => {
      new Worker(thief, { eval: true, workerData: new Int32Array(memory.buffer, controlAddress) }).once(
        'message',
        ready,
      )
      return { stop }
    })
    // Thirty seconds go by at once.
    vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out')
    await using backend = await make({ threads: 2 })
    const untilStolen = async () => {
      while (await computesRight(backend));
    }
    await expect(untilStolen()).rejects.toThrow(
      new ConvkitError('wasm: a worker thread has not answered for 30 seconds'),
    )
    expect(stop).toHaveBeenCalledTimes(1)
    for (let again = 0; again < 5; again++) expect(await computesRight(backend)).toBe(true)
  })
})

/** Takes the first chunk that it sees, and is gone. */
const thief = `
  const { parentPort, workerData: control } = require('node:worker_threads')
  parentPort.postMessage('ready')
  for (let stolen = false; !stolen; ) {
    const state = Atomics.load(control, ${slot.state})
    const left = (state & 1023) < Atomics.load(control, ${slot.chunks})
    stolen = left && Atomics.compareExchange(control, ${slot.state}, state, state + 1) === state
  }
`

describe('a worker that cannot start', () => {
  async function computesAlone(threads: number, reason: string) {
    await using backend = await make({ threads })
    expect(backend.description).toContain(`, 1 thread (workers cannot start: ${reason}), `)
    expect(await computesRight(backend)).toBe(true)
    await backend.sync()
  }

  it('leaves one thread, says why, and leaves no worker behind', async () => {
    const start = platform.startWorker
    const stops: unknown[] = []
    vi.spyOn(platform, 'startWorker').mockImplementation((input, events, folder) => {
      const fails = stops.length === 1
      const handle = start(input, fails ? { ready() {}, ended() {} } : events, folder)
      if (fails) queueMicrotask(() => events.ended('their script did not load'))
      stops.push(vi.spyOn(handle, 'stop'))
      return handle
    })
    await computesAlone(3, 'their script did not load')
    expect(stops).toHaveLength(2)
    for (const stop of stops) expect(stop).toHaveBeenCalled()
  })

  it('leaves one thread also where the platform throws', async () => {
    vi.spyOn(platform, 'startWorker').mockImplementation(() => {
      throw new Error('no more threads')
    })
    await computesAlone(2, 'Error: no more threads')
  })

  it('leaves one thread also where it never answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = vi.fn(async () => {})
    vi.spyOn(platform, 'startWorker').mockReturnValue({ stop })
    const made = computesAlone(2, 'no answer within 30 seconds')
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    await vi.advanceTimersByTimeAsync(30_000)
    await made
    expect(stop).toHaveBeenCalled()
  })
})

describe('a kernel that fails', () => {
  it('stops the calls behind it, gives its error once, and leaves the backend usable', async () => {
    await using backend = await make({ threads: 1, memoryLimit: 2 ** 20 })
    const { relu } = kernelsOf(backend, 'float32')
    const [x, y] = [backend.alloc(4, 'float32'), backend.alloc(4, 'float32')]
    backend.write(x, new Float32Array(4))
    backend.write(y, new Float32Array(4).fill(7))
    // Beyond the end of memory: the engine traps.
    relu.forward({ size: 2 ** 22 }, x, x)
    relu.forward({ size: 4 }, x, y)
    await expect(backend.sync()).rejects.toThrow(WebAssembly.RuntimeError)
    expect(await backend.read(y)).toEqual(new Float32Array(4).fill(7))
  })

  it.each([2, 3])('on any thread is an error, not a wait without end (threads: %i)', async (threads) => {
    await using backend = await make({ threads, memoryLimit: 16 * 2 ** 20 })
    const x = backend.alloc(4, 'float32')
    for (let again = 0; again < 10; again++) {
      kernelsOf(backend, 'float32').relu.forward({ size: 2 ** 24 }, x, x)
      await expect(backend.sync()).rejects.toThrow(/memory access out of bounds|a kernel failed in a worker thread/)
    }
    backend.free(x)
    expect(await computesRight(backend)).toBe(true)
  })
})

describe('the end of a backend', () => {
  it('ends its workers; what is called afterwards runs on the calling thread', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    const backend = await make({ threads: 3 })
    await backend.close()
    expect(terminate.mock.contexts).toHaveLength(2)
    // A worker that has ended has no number.
    for (const worker of terminate.mock.contexts) expect(worker).toHaveProperty('threadId', -1)
    expect(await computesRight(backend)).toBe(true)
    await backend.sync()
    await backend.close()
  })

  it('leaves room for the next, many times over', async () => {
    for (let i = 0; i < 40; i++) {
      await using backend = await make({ threads: 2 })
      expect(await computesRight(backend)).toBe(true)
    }
  })

  it('is its own: two backends compute at once', async () => {
    await using first = await make({ threads: 2 })
    const second = await make({ threads: 3 })
    const both = await Promise.all([first, second, first, second].map(computesRight))
    await second.close()
    expect([...both, await computesRight(first)]).toEqual([true, true, true, true, true])
  })
})

describe('thousands of tiny calls', () => {
  it.each([2, 3, 4])('lose no unit and do none twice, however they are split (threads: %i)', async (threads) => {
    const memory = createMemory({ shared: true, limitBytes: 2 ** 24, debug: true })
    const modules = await compileModules('simd', 'shared')
    const pool = await startThreads(memory.wasm, modules, threads)
    const runtime = createRuntime(memory, pool, modules, 'float64')
    const perUnit = 8
    const most = 1300 * perUnit
    const [x, y] = [memory.alloc(most, 'float64'), memory.alloc(most, 'float64')]
    memory.view(x).fill(1)
    memory.view(y).fill(0)
    const expected = new Float64Array(most)
    for (let call = 0; call < 6000; call++) {
      // Odd counts from a few units to more than there can be chunks, and sometimes a pause in which workers fall asleep.
      const units = 3 + ((call * call * 2) % (call % 50 === 0 ? 1297 : 97))
      const size = units * perUnit
      runtime.run('vectorAddScaled', { units, nanoseconds: 1e6 }, { size, a: 1, x, y })
      for (let i = 0; i < size; i++) expected[i]++
      if (call % 1000 === 999) {
        expect(isEqual(memory.view(y).slice(), expected), `after call ${call}`).toBe(true)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    memory.checkGuards()
    expect(pool.failure()).toBeNull()
    await pool.stop()
  })
})
