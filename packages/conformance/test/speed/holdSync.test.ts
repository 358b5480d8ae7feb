import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createQueued } from '../../../mutants/src/mutants/queue.js'
import { type Case, specs } from '../../src/index.js'
import { holdSync } from '../../src/speed/holdSync.js'
import { measureCase } from '../../src/speed/measure.js'

describe('by a clock of its own', () => {
  let clock = 0
  beforeEach(() => {
    clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => clock)
    return () => vi.restoreAllMocks()
  })

  interface Times {
    /** Milliseconds of work that a call queues, */
    readonly work: number
    /** and how much of it `sync` waits for. */
    readonly waited: number
    /** Of a read that finds nothing to wait for. */
    readonly read?: number
    /** Of the read at each turn, beside that. */
    readonly pauses?: readonly number[]
  }

  /** How many calls it took, or what was found. */
  async function held({ work, waited, read = 0.01, pauses = [] }: Times): Promise<number | string> {
    let [waiting, calls, turn] = [0, 0, 0]
    const backend: Backend = {
      ...createNaive(),
      async read(_, into = new Float32Array(1)) {
        clock += read + waiting + (pauses[turn++] ?? 0)
        waiting = 0
        return into
      },
      async sync() {
        clock += waiting * waited + 0.001
        waiting *= 1 - waited
      },
    }
    const call = () => {
      calls++
      waiting += work
    }
    try {
      await holdSync(backend, { call, sync: async () => backend.sync?.() })
      return calls
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  test('a sync that waits for the work is trusted, however long calls and reads take', async () => {
    for (const work of [0, 0.001, 0.5, 30, 2000])
      for (const read of [0.001, 5]) expect(await held({ work, waited: 1, read })).toEqual(expect.any(Number))
  })

  test('what is slow is called once', async () => expect(await held({ work: 100, waited: 1 })).toBe(1))

  test('a sync that returns at once is found, however short the work is', async () => {
    for (const work of [0.01, 0.5, 30])
      expect(await held({ work, waited: 0 })).toMatch(/^sync returns before the work is done: .* seemed to take/)
    expect(await held({ work: 30, waited: 0 })).toBe(
      'sync returns before the work is done: a call seemed to take 0.00100 ms, but a read after that took 30.0 ms, and one more 0.0100 ms',
    )
  })

  test.each([0.3, 0.6])('and so is one that waits for %d of it', async (waited) => {
    expect(await held({ work: 30, waited })).toMatch(/^sync returns before the work is done/)
  })

  test('what is queued without being waited for does not add up to hours', async () => {
    expect(await held({ work: 1000, waited: 0 })).toEqual(expect.any(String))
    expect(clock).toBeLessThan(10_000)
  })

  test('a pause or two of the engine are no proof', async () => {
    expect(await held({ work: 1, waited: 1, pauses: [0, 0, 50, 0, 50] })).toEqual(expect.any(Number))
  })

  test('without a sync there is nothing to find: a read does the waiting', async () => {
    const { sync: _, ...backend } = { ...createNaive(), sync: undefined }
    await holdSync(backend, { call: () => expect.unreachable(), sync: async () => {} })
  })
})

describe('a backend that queues', () => {
  const spec = specs.find(({ layer }) => layer === 'affine')
  const operand = (...shape: number[]) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(1) })
  const c: Case = {
    layer: 'affine',
    attrs: {},
    inputs: { x: operand(64, 200), w: operand(200, 200) },
    dy: operand(64, 200),
  }

  function measured(sync: (queued: Backend<Data>, marker: Data) => Promise<unknown>) {
    if (!spec) throw new Error('the suite has it')
    const queued = createQueued()
    const marker = queued.alloc(1, 'float32')
    const backend: Backend = { ...queued, sync: async () => void (await sync(queued, marker)) }
    return measureCase(spec, backend, createNaive(), 'float32', c)
  }

  test('has no speed where its sync returns at once', async () => {
    await expect(measured(async () => {})).rejects.toThrow('sync returns before the work is done')
  })

  test('has one where its sync waits', async () => {
    expect(await measured((queued, marker) => queued.read(marker))).toHaveLength(2)
  })
})
