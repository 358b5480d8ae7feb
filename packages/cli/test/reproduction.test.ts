import { exec } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** Where these commands are typed: the root of the repository, where the command is as it was built. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const faulty = './packages/cli/test/fixtures/faulty'

interface Outcome {
  readonly code: number
  readonly output: string
}

/** A command as a shell takes it. */
function typed(command: string): Promise<Outcome> {
  return new Promise((resolve) => {
    exec(command, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    )
  })
}

const run = (backend: string, ...options: readonly string[]) =>
  typed(`npm run --silent convkit -- conformance ${faulty}/${backend}.mjs ${options.join(' ')}`)

const line = (label: string, { output }: Outcome) => new RegExp(`^ +${label} +(.*)$`, 'm').exec(output)?.[1] ?? ''

/** Of an array as a report shows it. */
function elementsOf(text: string): number {
  const [, shape = ''] = /^\[([\d,]+)\]/.exec(text) ?? []
  return shape.split(',').reduce((size, length) => size * Number(length), 1)
}

/** Runs the command that a report names. */
const pasted = (outcome: Outcome) => typed(line('again', outcome).replace('npm run', 'npm run --silent'))

describe.concurrent('the command that a failure names shows it again', { timeout: 240_000 }, () => {
  it('where it takes a number of earlier calls', async () => {
    const first = await run('tenth', '--only relu/forward')
    expect(line('after', first)).toBe('fails only after relu/forward/float32 cases 0-8; by itself it passes')
    // How far the tenth case is shrunk depends on the time that there is for that.
    expect(line('again', first)).toMatch(
      / --replay relu\/forward\/float32@0-8\+relu\/forward\/float32@9(:\d+)* --seed 231$/,
    )
    const second = await pasted(first)
    expect(second.code).toBe(1)
    expect(line('worst', second)).toBe(line('worst', first))
    expect(line('again', second)).toBe(line('again', first))
  })

  it('where it takes one earlier case', async () => {
    const first = await run('stale', '--only relu/forward')
    expect(line('after', first)).toMatch(
      /^fails only after relu\/forward\/float32 cases? [\d,-]+; by itself it passes$/,
    )
    const second = await pasted(first)
    expect(second.code).toBe(1)
    expect(line('worst', second)).toBe(line('worst', first))
  })

  it('where one case breaks all that come after it', async () => {
    const first = await run('broken', '--only relu/forward', '--only relu/backward')
    // In its own process the search for a smaller case went astray: every case failed.
    expect(elementsOf(line('x', first))).toBeGreaterThanOrEqual(7)
    expect(first.output).not.toContain('fails only after')
    const second = await pasted(first)
    expect(second.code).toBe(1)
    expect(line('what', second)).toBe('the device is lost')
  })

  it('where its process ends', async () => {
    const first = await run('exits', '--only relu/forward')
    expect(elementsOf(line('x', first))).toBeGreaterThan(15)
    const second = await pasted(first)
    expect(second.code).toBe(1)
    expect(line('what', second)).toBe('the process ended with exit code 9')
  })

  it('where it comes and goes: the report says how often', async () => {
    let first = await run('racing', '--only relu/forward')
    // At one in five, it fails three times in a row, or not in twenty runs, in one of fifty tries.
    const isClear = () => /^failed in \d/.test(line('often', first))
    for (let tries = 0; tries < 3 && !isClear(); tries++) first = await run('racing', '--only relu/forward')
    const [, failed, of] = /^failed in (\d+) of (\d+) fresh runs$/.exec(line('often', first)) ?? []
    expect(Number(of)).toBe(20)
    expect(Number(failed)).toBeGreaterThan(0)
    expect(Number(failed)).toBeLessThan(20)
    // At one in five, forty runs without a failure are one in 7,000.
    for (let tries = 0; tries < 40; tries++) if ((await pasted(first)).code === 1) return
    expect.unreachable('it never failed again')
  })
})

describe('one clear line', { timeout: 240_000 }, () => {
  it.each(['never', 'neverMade'])('and an end for a module that does not settle: %s', async (backend) => {
    for (const options of [[], ['--in-process']]) {
      const { code, output } = await run(backend, '--load-limit 2', ...options)
      expect(code).toBe(1)
      expect(output.trim()).toBe(
        'convkit: the backend was not there within 2 s: its module or its createBackend did not settle; --load-limit gives it more time',
      )
    }
  })

  it('for a kernel that returns a promise, also where that rejects', async () => {
    const { code, output } = await run('promises', '--only relu')
    expect(code).toBe(1)
    expect(output).toContain('what   kernel relu.forward returned a promise; kernels must queue and return nothing\n')
    expect(output).not.toContain('the device is gone')
    expect(output.match(/ failed$/gm)).toHaveLength(1)
  })

  it('for what hangs: which case it was, and since when', async () => {
    const outcome = await run('hangs', '--only relu/forward', '--time-limit 1')
    expect(outcome.code).toBe(1)
    expect(line('what', outcome)).toMatch(
      /^no answer within 1 s: case 1 of 1 began 0\.\d s into relu\/forward\/float32 and/,
    )
    expect(line('again', outcome)).toMatch(/ --path \d+/)
  })
})
