import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

const entry = new URL('../dist/index.js', import.meta.url)

const make = `
  import { createWasm } from ${JSON.stringify(entry)}
  const backend = await createWasm({ threads: 2 })
`

const use = `
  const size = 300_001
  const [x, y] = [backend.alloc(size, 'float32'), backend.alloc(size, 'float32')]
  backend.write(x, Float32Array.from({ length: size }, (_, i) => i % 3 - 1))
  for (let i = 0; i < 300; i++) backend.kernels.float32.relu.forward({ size }, x, y)
  const sum = (await backend.read(y)).reduce((a, b) => a + b)
  if (sum !== 100_000) throw new Error('the sum is ' + sum)
`

describe('a process with a backend', () => {
  it.each([
    ['that nobody uses', make],
    ['that was used', make + use],
    ['that was closed', `${make + use}; await backend.close()`],
    ['that fell asleep', `${make + use}; await new Promise((resolve) => setTimeout(resolve, 100))`],
  ])('%s ends by itself and says nothing', async (_, script) => {
    expect(await run(script)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('ends with the error of a pool whose workers are asleep', async () => {
    const { code, stderr } = await run(`${make + use}; throw new Error('on purpose')`)
    expect(code).toBe(1)
    expect(stderr).toContain('on purpose')
  })

  it('is not alone: ten at once all end', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => run(make + use)))
    expect(all).toEqual(all.map(() => ({ code: 0, stdout: '', stderr: '' })))
  })
})

async function run(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 25_000,
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}
