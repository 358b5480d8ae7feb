import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Random } from '@convkit/data'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { photos } from '../../../cli/test/support/photos.js'
import { lines, losses } from '../../../cli/test/support/training.js'
import { folder } from '../../../convkit/test/support/folder.js'
import { ownBackend } from '../../../convkit/test/support/ownBackend.js'
import { type Options, type Outcome, startConvkit } from './support/mpirun.js'
import { processes, ranksOf } from './support/processes.js'

const config = fileURLToPath(new URL('../../../cli/test/fixtures/ownModel/convkit.config.ts', import.meta.url))

let data: string
let args: readonly string[]
beforeAll(async () => {
  data = await photos(20, 8)
  // Nine iterations an epoch, with everything in the net that keeps a state.
  args = ['train', '--distributed', 'mpi', '--config', config, '--data', data, '--test', '0', '--json']
})

afterEach(() => {
  expect(processes(data)).toEqual([])
})

/** Our lines of what mpirun prints, less what falls back; its own notices follow them. */
const ours = ({ stderr }: Outcome) =>
  stderr.split('\n').filter((line) => line.startsWith('convkit:') && !line.includes('running on naive'))

function run(ranks: number, more: readonly string[], options?: Options) {
  const backend = more.includes('--backend') ? [] : ['--backend', 'naive']
  return startConvkit(ranks, [...args, ...backend, ...more], options).outcome
}

/** A backend that on rank 1 does something of its own in every step, in the place of `mark`. */
const onRank1 = (body: string) => `${ownBackend}
  if (process.env.OMPI_COMM_WORLD_RANK === '1') { let steps = 0; backend.mark = () => { steps++; ${body} } }`

it('a note is told by the first rank alone', async () => {
  const outcome = await run(2, ['--batch-size', '2', '--batch-size', '4', '--epochs', '1'])
  expect(ours(outcome)).toEqual([
    'convkit: --batch-size 2 does nothing here: 4 comes after it',
    expect.stringMatching(/^convkit: communication: /),
  ])
})

describe('one rank fails:', () => {
  it('it throws, which it alone tells, and all end', async () => {
    const cwd = await folder({ 'thrower.mjs': onRank1("if (steps === 5) throw new Error('out of order')") })
    const outcome = await run(3, ['--backend', './thrower.mjs', '--epochs', '100000'], { cwd })
    expect(outcome.code).toBe(1)
    expect(ours(outcome)).toEqual([expect.stringMatching(/^convkit: rank 1 of 3 on \S+: Error: out of order/)])
  })

  it('it computes a NaN, which every rank knows of and the first tells', async () => {
    const spoilt = `${ownBackend}
      const { write } = backend
      if (process.env.OMPI_COMM_WORLD_RANK === '1') backend.write = (storage, data) => {
        write(storage, data)
        if (data.length === 2 * 3 * 64) storage.data[0] = NaN
      }`
    const cwd = await folder({ 'spoilt.mjs': spoilt })
    const outcome = await run(2, ['--backend', './spoilt.mjs', '--epochs', '100000'], { cwd })
    expect(outcome.code).toBe(1)
    expect(ours(outcome)).toEqual([
      expect.stringMatching(/^convkit: training: .* the batch of images on rank 1 is the first non-finite value, NaN/),
    ])
  })

  it('its settings are wrong, or everyone’s: one line, exit code 2', async () => {
    const everyone = await run(3, ['--batch-size', '2'])
    expect(everyone.code).toBe(2)
    expect(ours(everyone)).toEqual(['convkit: batches: a batch of 2 rows cannot be cut into 3 parts'])
    const typo = await run(3, ['--batch-size', 'two'])
    expect(typo.code).toBe(2)
    expect(ours(typo)).toEqual([expect.stringMatching(/--batch-size: expected a whole number/)])
    const cwd = await folder({
      'odd.mjs': `${ownBackend}
        if (process.env.OMPI_COMM_WORLD_RANK === '1') backend.read = undefined`,
    })
    const one = await run(3, ['--backend', './odd.mjs'], { cwd })
    expect(one.code).toBe(2)
    expect(ours(one)).toEqual(['convkit: rank 1 of 3: backend ./odd.mjs is not a backend: missing read (function)'])
  })

  it('the first cannot write its checkpoint, and all end', async () => {
    const cwd = await folder({ 'full/README': '' })
    const full = join(cwd, 'full')
    // A full disk where the machine lets us have one, a folder that vanishes where not.
    const mounted = attempt(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', full]))
    try {
      const checkpoint = ['--checkpoint', join(full, 'run.safetensors'), '--checkpoint-every', '3']
      if (!mounted) await rm(full, { recursive: true })
      const outcome = await run(2, [...checkpoint, '--epochs', '100000'])
      expect(outcome.code).toBe(1)
      const reason = mounted ? /rank 0 of 2 on \S+: cannot write .*ENOSPC/ : /rank 0 of 2 on \S+: cannot write .*ENOENT/
      expect(ours(outcome)).toEqual([expect.stringMatching(reason)])
    } finally {
      if (mounted) execFileSync('umount', [full])
    }
  })
})

function attempt(task: () => unknown): boolean {
  try {
    task()
    return true
  } catch {
    return false
  }
}

describe('kill -9 of one rank at a random moment', () => {
  const ranks = 2
  const epochs = ['--epochs', '75']
  const moments = Number(process.env.CONVKIT_MPI_KILLS ?? 4)

  it(`ends all of them, and the run goes on bit for bit (${moments} times)`, async () => {
    const whole = await run(ranks, epochs)
    expect(whole.code).toBe(0)
    const random = new Random(Number(process.env.CONVKIT_TEST_SEED ?? 231))
    for (let i = 0; i < moments; i++) {
      const cwd = await folder()
      const checkpoint = join(cwd, 'run.safetensors')
      const kept = [...args, '--backend', 'naive', '--checkpoint', checkpoint, '--checkpoint-every', '2', '--resume']
      const { child, outcome } = startConvkit(ranks, [...kept, ...epochs])
      // After its start, of which a resumed run would know nothing, and at any stage of steps, checks and checkpoints.
      while (!existsSync(checkpoint)) await new Promise((resolve) => setTimeout(resolve, 20))
      await new Promise((resolve) => setTimeout(resolve, random.integer(1500)))
      const victims = ranksOf(checkpoint)
      expect(victims).toHaveLength(ranks)
      process.kill(victims[random.integer(ranks)] ?? 0, 'SIGKILL')
      const killed = await outcome
      expect(child.exitCode).not.toBe(0)
      expect(processes(cwd)).toEqual([])
      expect(killed.stderr).toMatch(/exited on signal 9/)
      const resumed = await startConvkit(ranks, [...kept, ...epochs]).outcome
      expect(resumed.code, resumed.stderr).toBe(0)
      for (const [k, loss] of [...losses(killed), ...losses(resumed)])
        expect({ k, loss }).toEqual({ k, loss: losses(whole).get(k) })
      expect(lines(resumed).at(-1)).toEqual(lines(whole).at(-1))
      expect((await readdir(cwd)).filter((name) => name !== 'run.safetensors').length).toBeLessThanOrEqual(1)
    }
  }, 300_000)
})

describe('--resume', () => {
  it('goes on with another number of ranks, from where the last stood', async () => {
    const cwd = await folder()
    const kept = ['--checkpoint', join(cwd, 'run.safetensors'), '--resume']
    expect((await run(2, [...kept, '--epochs', '1'])).code).toBe(0)
    for (const [i, ranks] of [3, 1, 2].entries()) {
      const more = await run(ranks, [...kept, '--epochs', String(i + 2)])
      expect({ code: more.code, lines: ours(more) }).toEqual({
        code: 0,
        lines: ranks === 1 ? [] : [expect.stringMatching(/communication: \d/)],
      })
      expect([...losses(more).keys()]).toEqual(Array.from({ length: 9 }, (_, k) => 9 * (i + 1) + k + 1))
    }
  })
})
