import { ConfigError } from '@convkit/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { platform } from '../src/platform/node.js'
import { make } from './support/backend.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the options of createWasm', () => {
  it.each([0, -1, 1.5, Number.NaN, 129, '2'])('refuse threads: %j', async (threads) => {
    await expect(make({ threads: threads as number })).rejects.toThrow(
      new ConfigError(`wasm: threads must be a whole number from 1 to 128, got ${threads}`),
    )
  })

  it.each([0, 2 ** 20 - 1, 2 ** 32 + 1, 1e9 + 0.5, Number.NaN])('refuse memoryLimit: %j', async (memoryLimit) => {
    await expect(make({ memoryLimit })).rejects.toThrow(
      new ConfigError(`wasm: memoryLimit must be between 1048576 and 4294967296 bytes, got ${memoryLimit}`),
    )
  })

  it('refuse fma: true where the engine has none, and do without it otherwise', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    vi.spyOn(platform, 'enableRelaxedSimd').mockReturnValue()
    await expect(make({ fma: true })).rejects.toThrow(
      new ConfigError(`wasm: fma needs relaxed SIMD, which ${platform.engine} does not have`),
    )
    await using backend = await make({ threads: 1 })
    expect(backend.description).toBe(`WebAssembly, 128-bit SIMD, 1 thread, ${platform.engine}`)
  })

  it('take any limit that is allowed', async () => {
    for (const memoryLimit of [2 ** 20, 2 ** 20 + 1, 2 ** 32]) await (await make({ threads: 2, memoryLimit })).close()
  })
})

describe('the description', () => {
  it.each([
    [{ threads: 1 }, '128-bit SIMD with fused multiply-add, 1 thread'],
    [{ threads: 3 }, '128-bit SIMD with fused multiply-add, 3 threads'],
    [{ threads: 2, fma: false }, '128-bit SIMD, 2 threads'],
    [{}, `128-bit SIMD with fused multiply-add, ${platform.processors} threads`],
  ])('of %j says what runs', async (options, words) => {
    await using backend = await make(options)
    expect(backend.description).toBe(`WebAssembly, ${words}, ${platform.engine}`)
  })

  it('says why there is only one thread', async () => {
    vi.spyOn(platform, 'noThreads', 'get').mockReturnValue('the page is not cross-origin isolated')
    await using backend = await make({ threads: 4 })
    expect(backend.description).toContain('1 thread (the page is not cross-origin isolated)')
  })
})
