import {
  allKernels,
  BackendMismatchError,
  ConvkitError,
  DTypeError,
  FreedError,
  kernelIn,
  ShapeError,
} from '@convkit/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemory } from '../src/memory.js'
import { isEqual, kernelsOf, make } from './support/backend.js'

const mebibyte = 2 ** 20

afterEach(() => {
  vi.restoreAllMocks()
})

describe('memory of a backend', () => {
  it('grows on demand, and stops growing when each step is like the one before', async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow')
    await using backend = await make({ threads: 2 })
    const { relu } = kernelsOf(backend, 'float32')
    const grown: number[] = []
    for (let step = 0; step < 12; step++) {
      const size = step % 2 ? 2 ** 21 : 2 ** 21 - 1
      const [x, y, dx] = Array.from({ length: 3 }, () => backend.alloc(size, 'float32'))
      relu.forward({ size }, x, y)
      relu.backward({ size }, x, y, dx)
      for (const storage of [x, y, dx]) backend.free(storage)
      await backend.sync()
      grown.push(grow.mock.calls.length)
    }
    expect(grown[0]).toBeGreaterThan(0)
    expect(grown.at(-1)).toBe(grown[0])
  })

  it.each([1, 2])('says what was asked when memory is out, and works on (threads: %i)', async (threads) => {
    await using backend = await make({ threads, memoryLimit: 16 * mebibyte })
    const kept = backend.alloc(2 * mebibyte, 'float32')
    backend.write(kept, new Float32Array(2 * mebibyte).fill(-3))
    expect(() => backend.alloc(4 * mebibyte, 'float64')).toThrow(
      new ConvkitError(
        'wasm: out of memory for 4194304 elements of float64 (32 MiB): 8.00 MiB are in use and the limit is 16 MiB',
      ),
    )
    const y = backend.alloc(1 * mebibyte, 'float32')
    kernelsOf(backend, 'float32').relu.forward({ size: mebibyte }, kept, y)
    expect(isEqual(await backend.read(y), new Float32Array(mebibyte))).toBe(true)
    expect(isEqual(await backend.read(kept), new Float32Array(2 * mebibyte).fill(-3))).toBe(true)
    backend.free(kept)
    backend.free(y)
    backend.free(backend.alloc(3.5 * mebibyte, 'float32'))
  })

  it('refuses blocks of 2 GiB and lengths that are none', async () => {
    await using backend = await make({})
    expect(() => backend.alloc(2 ** 28, 'float64')).toThrow(
      new ConvkitError('wasm: no block can hold 268435456 elements of float64: its limit is 2048 MiB'),
    )
    for (const length of [-1, 1.5, Number.NaN, 2 ** 60])
      expect(() => backend.alloc(length, 'float32')).toThrow(ConvkitError)
    expect(await backend.read(backend.alloc(0, 'float32'))).toEqual(new Float32Array(0))
  })

  it.each([1, 2])('reaches all of its 4 GiB (threads: %i)', async (threads) => {
    await using backend = await make({ threads })
    const size = 200_001
    const { relu } = kernelsOf(backend, 'float64')
    const data = Float64Array.from({ length: size }, (_, i) => i % 3)
    for (let block = 0; block < 4; block++) {
      const [x, y] = [backend.alloc(size, 'float64'), backend.alloc(size, 'float64')]
      backend.write(x, data)
      relu.forward({ size }, x, y)
      expect(isEqual(await backend.read(y), data)).toBe(true)
      // Never touched, so it takes address space only.
      if (block < 3) backend.alloc(161_000_000, 'float64')
    }
  })
})

describe('what is handed to a backend', () => {
  it('must be its own and alive, in every argument of every kernel', async () => {
    await using backend = await make({ threads: 1 })
    await using other = await make({ threads: 1 })
    for (const dtype of ['float32', 'float64'] as const) {
      const good = backend.alloc(64, dtype)
      const freed = backend.alloc(64, dtype)
      backend.free(freed)
      const foreign = other.alloc(64, dtype)
      for (const { layer, method, name, operands } of allKernels) {
        const kernel = kernelIn(backend.kernels[dtype], layer, method)
        for (const at of operands.keys())
          for (const [wrong, error] of [
            [freed, FreedError],
            [foreign, BackendMismatchError],
          ] as const) {
            const storages = operands.map((_, i) => (i === at ? wrong : good))
            expect(() => kernel?.run({ dims: {}, scalars: {}, storages }), name).toThrow(error)
          }
      }
      // Nothing of it was run.
      await backend.sync()
    }
  })

  it('must be its own and alive for free, write and read', async () => {
    await using backend = await make({ threads: 1 })
    await using other = await make({ threads: 1 })
    const freed = backend.alloc(3, 'float32')
    backend.free(freed)
    for (const [storage, error] of [
      [freed, FreedError],
      [other.alloc(3, 'float32'), BackendMismatchError],
    ] as const) {
      expect(() => backend.free(storage)).toThrow(error)
      expect(() => backend.write(storage, new Float32Array(3))).toThrow(error)
      await expect(backend.read(storage)).rejects.toThrow(error)
    }
  })

  it('must have the length and the dtype of its storage', async () => {
    await using backend = await make({ threads: 1 })
    const storage = backend.alloc(3, 'float32')
    backend.write(storage, Float32Array.of(1, 2, 3))
    for (const [data, error] of [
      [new Float32Array(2), ShapeError],
      [new Float32Array(4), ShapeError],
      [new Float64Array(3), DTypeError],
      [new Int32Array(3), DTypeError],
    ] as const) {
      expect(() => backend.write(storage, data)).toThrow(error)
      await expect(backend.read(storage, data)).rejects.toThrow(error)
    }
    expect(await backend.read(storage)).toEqual(Float32Array.of(1, 2, 3))
  })
})

describe('debug mode', () => {
  it('fills memory with NaN when it is handed out and taken back', async () => {
    await using backend = await make({ threads: 1, debug: true })
    for (const dtype of ['float32', 'float64'] as const) {
      const storage = backend.alloc(50, dtype)
      expect((await backend.read(storage)).every(Number.isNaN)).toBe(true)
      backend.write(storage, (dtype === 'float32' ? new Float32Array(50) : new Float64Array(50)).fill(1))
      backend.free(storage)
      expect((await backend.read(backend.alloc(50, dtype))).every(Number.isNaN)).toBe(true)
    }
  })

  it.each([-1, 64, -64, 127])('finds a write outside a block of 5 floats, at byte %i', (at) => {
    const memory = createMemory({ shared: false, limitBytes: undefined, debug: true })
    const storage = memory.alloc(5, 'float32')
    memory.checkGuards()
    new Uint8Array(memory.wasm.buffer)[storage.address + at] = 1
    expect(() => memory.checkGuards()).toThrow('wasm: a kernel wrote outside the block of 20 bytes at')
    // Said once.
    memory.checkGuards()
    new Uint8Array(memory.wasm.buffer)[storage.address + at] = 1
    expect(() => memory.free(storage)).toThrow('wasm: a kernel wrote outside the block')
    expect(memory.stats().usedBytes).toBe(0)
  })

  it('watches over scratch', () => {
    const memory = createMemory({ shared: false, limitBytes: undefined, debug: true })
    const bytes = () => new Uint8Array(memory.wasm.buffer)
    bytes()[memory.scratch(128) - 1] = 1
    expect(() => memory.releaseScratch()).toThrow('outside the block of 128 bytes')
  })
})
