import { afterEach, expect, it, vi } from 'vitest'

/** onnxruntime's version says with which variable it was loaded. */
async function loaded(): Promise<string> {
  vi.doMock('onnxruntime-node', () => ({ env: { versions: { node: process.env.ORT_DISABLE_TELEMETRY } } }))
  const { loadRuntime } = await import('../src/providers/node.js')
  return (await loadRuntime()).version
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.doUnmock('node:worker_threads')
  vi.doUnmock('onnxruntime-node')
  vi.resetModules()
})

it.each([
  [undefined, '1'],
  ['', '1'],
  ['1', '1'],
  ['0', '0'],
])("onnxruntime's telemetry is off before it loads, unless the user says otherwise: %j -> %j", async (set, seen) => {
  vi.stubEnv('ORT_DISABLE_TELEMETRY', set)
  expect(await loaded()).toBe(seen)
})

it('a worker thread, whose variables the library does not see, runs it only where the variable was set before', async () => {
  vi.doMock('node:worker_threads', () => ({ isMainThread: false }))
  vi.stubEnv('ORT_DISABLE_TELEMETRY', undefined)
  await expect(loaded()).rejects.toThrow(/^gpu: onnxruntime's telemetry cannot .*set ORT_DISABLE_TELEMETRY=1 before/)
  vi.stubEnv('ORT_DISABLE_TELEMETRY', '1')
  expect(await loaded()).toBe('1')
})
