import { availableParallelism, cpus, hostname } from 'node:os'
import type { Communicator } from '@convkit/nn'
import { createBackend } from 'convkit'
import { describe, expect, it } from 'vitest'
import { gatherRanks, threadsPerRank } from '../src/ranks.js'

/** Rank 0 of so many on this host, which all do as it does. */
function alike(size: number): Communicator {
  return {
    rank: 0,
    size,
    async allreduce(data) {
      // Each rank fills a part of its own: those of the others hold what this one's does.
      const part = data.length / size
      for (let i = part; i < data.length; i++) data[i] = data[i % part] ?? 0
    },
    async broadcast() {},
    async barrier() {},
    abort() {},
  }
}

describe('a rank', () => {
  it('has the cores it may run on, or its part of the host that it shares', async () => {
    expect(await threadsPerRank(alike(1))).toBe(Math.min(availableParallelism(), cpus().length))
    expect(await threadsPerRank(alike(cpus().length))).toBe(1)
    expect(await threadsPerRank(alike(3 * cpus().length))).toBe(1)
  })

  it('gives them to the backend unless its configuration says how many', async () => {
    const threadsOf = async (config: string) => {
      const backend = await createBackend(config, { threads: 1 })
      await backend.close?.()
      return /(\d+) threads?/.exec(backend.description)?.[1]
    }
    expect(await threadsOf('wasm')).toBe('1')
    expect(await threadsOf('wasm:threads=2')).toBe('2')
  })

  it('reports its host and backend', async () => {
    const [first, ...others] = await gatherRanks(alike(2), { name: 'mine', description: 'fast, 3 threads' })
    expect(first).toEqual({ rank: 0, host: hostname(), backend: 'mine', description: 'fast, 3 threads' })
    expect(others).toHaveLength(1)
  })
})
