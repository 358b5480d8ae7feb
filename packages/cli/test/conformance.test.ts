import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { ownBackend } from '../../convkit/test/support/ownBackend.js'
import { convkit } from './support/convkit.js'

/** Relu forwards, and gives half the gradient where it should give all of it. */
const wrongRelu = `${ownBackend}
  backend.kernels.float32 = { relu: {
    forward: (d, x, y) => { y.data.forEach((_, i) => { y.data[i] = Number.isNaN(x.data[i]) ? NaN : Math.max(x.data[i], 0) }) },
    backward: (d, dy, y, dx) => { dx.data.forEach((_, i) => { dx.data[i] = y.data[i] > 0 ? dy.data[i] / 2 : 0 }) },
  } }`

/** Most of what the command does needs no process of its own, which takes seconds to start from source. */
const conformance = (...args: readonly string[]) => convkit('conformance', '--in-process', ...args)

describe('conformance', () => {
  it('takes settings as flags beside its own', async () => {
    const settings = ['--backend', 'naive', '--seed', '7', '--config', join(await folder({ 'c.json': '{}' }), 'c.json')]
    const { code, stdout } = await conformance(...settings, '--only', 'relu/forward/float32', '--runs', '2')
    expect(stdout).toMatch(/naive: 1 of 1 passed .* seed 7,/)
    expect(code).toBe(0)
  })

  it('prints a line a layer and ends with the score', async () => {
    const { code, stdout } = await conformance('naive', '--layer', 'relu', '--runs', '3', '--seed', '7')
    expect(stdout).toMatch(/\nrelu +✓ ✓/)
    expect(stdout).toMatch(/\nconformance: naive: (\d+) of \1 passed \(100 %\), float32 float64, seed 7, [\d.]+ s\n$/)
    expect(code).toBe(0)
  })

  it('names the law, a case of one element and the command that shows it again', async () => {
    const module = join(await folder({ 'mine.mjs': wrongRelu }), 'mine.mjs')
    const first = await conformance(module, '--only', 'relu/backward')
    expect(first.code).toBe(1)
    expect(first.stdout).toMatch(/relu\/backward\/float32 failed\n {2}law .*gradients.*\n {2}worst +dx\[\d(,\d)*\] is /)
    expect(first.stdout).toMatch(/\n {2}x +\[1(,1)*\] [\d.e-]+\n/)
    const again = / conformance (.*)/.exec(/again .*/.exec(first.stdout)?.[0] ?? '')?.[1] ?? ''
    const second = await conformance(...again.split(' '))
    const worst = /worst .*/
    expect(worst.exec(second.stdout)?.[0]).toBe(worst.exec(first.stdout)?.[0])
  })

  it('scores a layer without a kernel without failing the run', async () => {
    const module = join(await folder({ 'mine.mjs': `${ownBackend}; backend.kernels.float32 = {}` }), 'mine.mjs')
    const { code, stdout } = await conformance(module, '--only', 'relu/forward', '--only', 'backend/round-trip')
    expect({ code, last: stdout.split('\n').at(-2) }).toMatchObject({
      code: 0,
      last: expect.stringMatching(/: 2 of 3 passed \(66.6 %\), 1 missing, float32, /),
    })
  })

  it('writes every format, whatever it finds', async () => {
    const cwd = await folder({ 'mine.mjs': wrongRelu })
    const files = { json: 'r.json', junit: 'r.xml', markdown: 'r.md', html: 'r.html' }
    const flags = Object.entries(files).flatMap(([format, file]) => [`--${format}`, join(cwd, file)])
    await conformance(join(cwd, 'mine.mjs'), '--layer', 'relu', '--runs', '3', ...flags)
    for (const file of Object.values(files)) expect(await readFile(join(cwd, file), 'utf8')).toContain('relu/backward')
  })

  it.each([
    [['nave'], /backend nave is unknown; did you mean naive\?/],
    [['--only', 'conv3d/forward'], /--only: no check is named conv3d\/forward/],
    [['--layer', 'conv3d'], /--layer: expected one of .*conv2d.*, got conv3d/],
    [['--runs', 'many'], /--runs: expected a whole number from 1 to 1000000, got "many"/],
  ])('%j exits with 2 and says in one line what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await conformance(...args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('runs a module of the user in a process of its own, and outlives it', async () => {
    const module = join(await folder({ 'mine.mjs': wrongRelu.replace('/ 2', '/ process.exit(3)') }), 'mine.mjs')
    const { code, stdout } = await convkit('conformance', module, '--only', 'relu/forward', '--only', 'relu/backward')
    expect(code).toBe(1)
    expect(stdout).toMatch(/relu\/backward\/float32 crashed\n.*\n.*exit code 3/)
    expect(stdout).toMatch(/1 of 2 passed \(50 %\), 1 crashed/)
  })

  it('fails for a skip that would pass, and for one that names no check', async () => {
    const skips = join(
      await folder({ skips: '# known\nrelu/forward/float64 not yet\nrelu/forwards/float64 typing\n' }),
      'skips',
    )
    const only = ['--only', 'relu/forward', '--runs', '3']
    const { code, stdout } = await conformance('naive', '--skips', skips, ...only)
    expect(code).toBe(1)
    expect(stdout).toMatch(/relu\/forward\/float64 failed\n[\s\S]*take it off the list/)
    expect(stdout).toContain('the skip list names relu/forwards/float64, which is no check')
  })
})
