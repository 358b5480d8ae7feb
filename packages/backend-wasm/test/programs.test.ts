import type { Backend, Data, FloatDType, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEqual, make } from './support/backend.js'

const slots = 5

/** What a call does to y, from x and from m, whose contents the call itself wrote before. */
type Call = <S>(kernels: Kernels<S>, d: { readonly size: number }, y: S, x: S, m: S) => void

const calls: { readonly [name: string]: Call } = {
  fill: ({ vector }, d, y) => vector.fill(d, { value: 0.75 }, y),
  copy: ({ vector }, d, y, x) => vector.copy(d, x, y),
  scale: ({ vector }, d, y) => vector.scale(d, { a: -0.5 }, y),
  addScaled: ({ vector }, d, y, x) => vector.addScaled(d, { a: 0.5 }, x, y),
  multiply: ({ vector }, d, y, x, m) => vector.multiply(d, x, m, y),
  relu: ({ relu }, d, y, x) => relu.forward(d, x, y),
  reluBackward: ({ relu }, d, y, x, m) => relu.backward(d, x, m, y),
}

const slot = fc.nat(slots - 1)
const program = fc.record({
  dtype: fc.constantFrom('float32' as const, 'float64' as const),
  // Odd ends of vectors and of lines, and enough for several chunks.
  size: fc.oneof(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 71, max: 5000 }),
    fc.integer({ min: 70_000, max: 140_000 }),
  ),
  steps: fc.array(
    fc.record({
      call: fc.constantFrom('write', 'read', 'replace', ...Object.keys(calls)),
      of: fc.tuple(slot, slot, slot),
      seed: fc.integer({ min: 1, max: 1000 }),
    }),
    { minLength: 1, maxLength: 40 },
  ),
})

describe('random programs of raw calls', () => {
  it.each([
    { threads: 1, debug: true },
    { threads: 3, debug: true },
    { threads: 2, fma: false },
  ])('give what naive gives, to the bit, and write into nothing else: %j', async (options) => {
    await using backend = await make(options)
    const both = [playerOn(backend), playerOn(createNaive())]
    await fc.assert(
      fc.asyncProperty(program, async ({ dtype, size, steps }) => {
        const [own, model] = both.map((on) => on(dtype, size))
        for (const { call, of, seed } of steps) {
          for (const player of [own, model]) player.play(call, of, seed)
          if (call === 'read') expect(isEqual(await own.read(of[0]), await model.read(of[0]))).toBe(true)
        }
        for (let i = 0; i < slots; i++) expect(isEqual(await own.read(i), await model.read(i))).toBe(true)
        for (const player of [own, model]) player.end()
      }),
      { numRuns: 50 },
    )
  })
})

interface Player {
  play(call: string, of: readonly [number, number, number], seed: number): void
  read(slot: number): Promise<Data>
  end(): void
}

function playerOn<S>(backend: Backend<S>): (dtype: FloatDType, size: number) => Player {
  return (dtype, size) => {
    const kernels = backend.kernels[dtype] as Kernels<S>
    const written = (seed: number) => {
      const storage = backend.alloc(size, dtype)
      backend.write(storage, values(dtype, size, seed))
      return storage
    }
    const storages = Array.from({ length: slots }, (_, i) => written(i + 1))
    return {
      play(call, [y, x, m], seed) {
        if (call === 'read') return
        if (call === 'write') return backend.write(storages[y], values(dtype, size, seed))
        if (call === 'replace') {
          backend.free(storages[y])
          storages[y] = written(seed)
          return
        }
        if (new Set([y, x, m]).size < 3) return
        backend.write(storages[m], values(dtype, size, seed))
        calls[call](kernels, { size }, storages[y], storages[x], storages[m])
      },
      read: (i) => backend.read(storages[i]),
      end() {
        for (const storage of storages) backend.free(storage)
      },
    }
  }
}

/** Isolation of at most 0.75: in programs of this length no sum overflows and no product is subnormal. */
function values(dtype: FloatDType, size: number, seed: number): Float32Array | Float64Array {
  const list = dtype === 'float32' ? new Float32Array(size) : new Float64Array(size)
  for (let i = 0; i < size; i++) list[i] = ((i * seed) % 7) / 4 - 0.75
  return list
}
