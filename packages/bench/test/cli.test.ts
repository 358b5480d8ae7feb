import { afterEach, expect, test, vi } from 'vitest'
import { main } from '../src/cli.js'

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

test('a workload that there is not is a usage error that names those there are', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await main(['--only', 'W99'])
  expect(process.exitCode).toBe(2)
  expect(write.mock.calls.join('')).toMatch(/no workload W99 \(known: W1, W2, .*, GEMM\)/)
})
