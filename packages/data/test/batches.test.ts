import { ConfigError, DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batches, type Dataset, gather, Random } from '../src/index.js'

/** Row i has the pixels 10 i, 10 i + 1, ... and the label i. */
function counted(n: number): Dataset {
  return {
    images: Float32Array.from({ length: n * 4 }, (_, i) => Math.floor(i / 4) * 10 + (i % 4)),
    labels: Int32Array.from({ length: n }, (_, i) => i),
    shape: [n, 1, 2, 2],
    classNames: [],
  }
}

function take(batches: Batches, count: number): number[][] {
  return Array.from({ length: count }, () => [...batches.next().labels])
}

const sizes = fc.record({ n: fc.integer({ min: 1, max: 30 }), batchSize: fc.integer({ min: 1, max: 12 }) })
const seeds = fc.integer()

describe('gather', () => {
  it('copies the rows asked for, in order, with their labels', () => {
    const indices = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1 })
    fc.assert(
      fc.property(indices, (rows) => {
        const batch = gather(counted(7), Int32Array.from(rows))
        expect([...batch.labels]).toEqual(rows)
        expect([...batch.images]).toEqual(rows.flatMap((row) => [0, 1, 2, 3].map((pixel) => row * 10 + pixel)))
        expect(batch.shape).toEqual([rows.length, 1, 2, 2])
      }),
      { seed: 1 },
    )
  })

  it('refuses an index outside the dataset', () => {
    expect(() => gather(counted(3), Int32Array.of(3))).toThrow(new DataError('batches: row 3 is outside [0, 3)'))
    expect(() => gather(counted(3), Int32Array.of(-1))).toThrow(DataError)
  })
})

describe('Batches', () => {
  it('hands out max(floor(N / batchSize), 1) full batches an epoch, no row twice', () => {
    fc.assert(
      fc.property(sizes, seeds, ({ n, batchSize }, seed) => {
        const batches = new Batches(counted(n), { batchSize, random: new Random(seed) })
        expect(batches.perEpoch).toBe(Math.max(Math.floor(n / batchSize), 1))
        for (const epoch of [take(batches, batches.perEpoch), take(batches, batches.perEpoch)]) {
          const rows = epoch.flat()
          expect(rows).toHaveLength(batches.perEpoch * Math.min(batchSize, n))
          expect(new Set(rows).size).toBe(rows.length)
        }
      }),
      { seed: 2 },
    )
  })

  it('shuffles every epoch anew', () => {
    const batches = new Batches(counted(100), { batchSize: 100, random: new Random(0) })
    const [first, second] = take(batches, 2)
    expect(first).not.toEqual(second)
  })

  it('goes on from a saved state as if never stopped', () => {
    const counts = fc.record({ before: fc.nat(12), after: fc.nat(12) })
    fc.assert(
      fc.property(sizes, seeds, counts, ({ n, batchSize }, seed, { before, after }) => {
        const unbroken = new Batches(counted(n), { batchSize, random: new Random(seed) })
        take(unbroken, before)
        const resumed = new Batches(counted(n), { batchSize, random: new Random(seed + 1) })
        resumed.restore(unbroken.state)
        expect(take(resumed, after)).toEqual(take(unbroken, after))
      }),
      { seed: 3 },
    )
  })

  it('gathers into the same buffers every time', () => {
    const batches = new Batches(counted(8), { batchSize: 3, random: new Random(0) })
    expect(batches.next().images).toBe(batches.next().images)
  })

  it('refuses a batch size below 1, an empty dataset and a position outside the epoch', () => {
    const random = new Random(0)
    expect(() => new Batches(counted(3), { batchSize: 0, random })).toThrow(ConfigError)
    expect(() => new Batches({ ...counted(1), shape: [0, 1, 2, 2] }, { batchSize: 1, random })).toThrow(DataError)
    const batches = new Batches(counted(3), { batchSize: 1, random })
    expect(() => batches.restore({ random: random.state, position: 4 })).toThrow(DataError)
  })
})
