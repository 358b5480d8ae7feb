import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Solver } from '../../../src/index.js'
import { loadCheckpoint } from '../../../src/node/index.js'
import { build, valuesOf } from '../../solver/fixture.js'
import { data, options } from './run.js'

it('a run killed in the middle of an epoch goes on from its checkpoint bit for bit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convkit-'))
  try {
    const path = join(folder, 'run.safetensors')
    const script = fileURLToPath(new URL('./child.mjs', import.meta.url))
    const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let saved = 0
    child.stdout.on('data', (text: Buffer) => {
      saved += text.toString().split('saved').length - 1
      if (saved >= 3) child.kill('SIGKILL')
    })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])

    using unbroken = build()
    using whole = new Solver(unbroken, data, options)
    await whole.run()
    using model = build(undefined, { seed: 99 })
    using solver = new Solver(model, data, options)
    solver.restore(await loadCheckpoint(path))
    expect(solver.iteration).toBeGreaterThanOrEqual(21)
    expect(solver.iteration).toBeLessThan(solver.iterations)
    expect(await solver.run()).toEqual(whole.history)
    expect(await valuesOf(model)).toEqual(await valuesOf(unbroken))
  } finally {
    await rm(folder, { recursive: true })
  }
})
