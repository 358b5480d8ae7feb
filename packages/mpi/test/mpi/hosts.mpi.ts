import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { photos } from '../../../cli/test/support/photos.js'
import { lines, losses, smallRun } from '../../../cli/test/support/training.js'
import { folder } from '../../../convkit/test/support/folder.js'
import { canHaveHosts, createHosts } from './support/hosts.js'
import { startConvkit } from './support/mpirun.js'
import { processes, ranksOf } from './support/processes.js'

describe.runIf(canHaveHosts())('two hosts with a rank each', () => {
  let args: readonly string[]
  beforeAll(async () => {
    args = [...smallRun(await photos(20, 8)), '--distributed', 'mpi', '--backend', 'wasm:threads=1', '--epochs']
  })

  it('compute what two ranks on one host do', async () => {
    await using hosts = await createHosts(await folder())
    const [apart, together] = [
      await startConvkit(2, [...args, '3'], hosts).outcome,
      await startConvkit(2, [...args, '3']).outcome,
    ]
    expect([apart.code, together.code]).toEqual([0, 0])
    expect(losses(apart)).toEqual(losses(together))
    expect(losses(apart).size).toBe(27)
    const hostsOf = (outcome: typeof apart) => {
      const ranks = lines(outcome)[0]?.ranks
      return new Set(Array.isArray(ranks) ? ranks.map(({ host }) => host) : []).size
    }
    expect([hostsOf(apart), hostsOf(together)]).toEqual([2, 1])
  })

  it('both end when a rank on one of them is killed', async () => {
    await using hosts = await createHosts(await folder())
    const checkpoint = join(await folder(), 'run.safetensors')
    const { outcome } = startConvkit(2, [...args, '1000000', '--checkpoint', checkpoint], hosts)
    while (!existsSync(checkpoint)) await new Promise((resolve) => setTimeout(resolve, 20))
    const ranks = ranksOf(checkpoint)
    expect(ranks).toHaveLength(2)
    process.kill(ranks[1] ?? 0, 'SIGKILL')
    const { code } = await outcome
    expect(code).not.toBe(0)
    expect(processes(checkpoint)).toEqual([])
  })
})
