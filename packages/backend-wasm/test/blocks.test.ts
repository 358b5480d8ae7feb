import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBlocks } from '../src/blocks.js'

const mebibyte = 2 ** 20
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 20_000 }),
  fc.constantFrom(1, 64, 65, 4096, 2 ** 16),
)

describe('blocks of linear memory', () => {
  it('are 64-byte aligned, lie in memory and never overlap, whatever was taken and given back before', () => {
    const step = fc.oneof({ arbitrary: sizes, weight: 3 }, { arbitrary: fc.integer({ min: -40, max: -1 }), weight: 2 })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 150 }), (steps) => {
        const blocks = createBlocks(false, 2 * mebibyte)
        const taken: { address: number; bytes: number }[] = []
        for (const bytes of steps) {
          if (bytes < 0) {
            const [block] = taken.splice(-bytes % (taken.length + 1), 1)
            if (block) blocks.give(block.address, block.bytes)
            continue
          }
          const address = blocks.take(bytes)
          if (address === null) continue
          expect(address % 64).toBe(0)
          expect(address + bytes).toBeLessThanOrEqual(blocks.wasm.buffer.byteLength)
          for (const other of taken)
            expect(address >= other.address + other.bytes || other.address >= address + bytes).toBe(true)
          taken.push({ address, bytes })
        }
        for (const { address, bytes } of taken) blocks.give(address, bytes)
        expect(blocks.usedBytes()).toBe(0)
        // Whatever happened, all of it can be had again in one piece.
        expect(blocks.take(mebibyte)).not.toBeNull()
      }),
    )
  })

  it('are reused: equal steps take nothing new, nor do steps whose sizes alternate', () => {
    const blocks = createBlocks(false, undefined)
    const steps = [[4e6, 100, 2e6, 7777], [1e6, 3e6, 50, 9e6], [4e6]]
    const grown: number[] = []
    for (let round = 0; round < 30; round++) {
      for (const step of steps) {
        const taken = step.map((bytes) => ({ bytes, address: blocks.take(bytes) ?? 0 }))
        for (const { address, bytes } of taken) blocks.give(address, bytes)
      }
      grown.push(blocks.wasm.buffer.byteLength)
    }
    expect(new Set(grown)).toHaveLength(1)
  })

  it('are joined at the limit: after many small ones, one large one', () => {
    const blocks = createBlocks(false, 16 * mebibyte)
    const small: number[] = []
    for (let address = blocks.take(1000); address !== null; address = blocks.take(1000)) small.push(address)
    expect(small.length).toBeGreaterThan((15 * mebibyte) / 1024)
    for (const address of small) blocks.give(address, 1000)
    expect(blocks.take(12 * mebibyte)).not.toBeNull()
    expect(blocks.take(12 * mebibyte)).toBeNull()
    expect(blocks.take(1000)).not.toBeNull()
  })

  it('leave the blocks in use where they are when idle ones are joined around them', () => {
    const blocks = createBlocks(false, 4 * mebibyte)
    const all: number[] = []
    for (let address = blocks.take(1024); address !== null; address = blocks.take(1024)) all.push(address)
    const kept = new Set(all.filter((_, i) => i % 1000 === 7))
    for (const address of kept) new Uint8Array(blocks.wasm.buffer, address, 1024).fill(7)
    for (const address of all) if (!kept.has(address)) blocks.give(address, 1024)
    for (const bytes of [2 ** 19, 2 ** 19, 2 ** 18]) {
      const address = blocks.take(bytes)
      if (address === null) throw new Error(`no ${bytes} bytes`)
      new Uint8Array(blocks.wasm.buffer, address, bytes).fill(1)
    }
    for (const address of kept)
      expect(new Uint8Array(blocks.wasm.buffer, address, 1024).every((byte) => byte === 7)).toBe(true)
  })
})
