import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { collect, type Report, runConformance } from '../../src/index.js'
import { type IsolatedOptions, runIsolated } from '../../src/node/index.js'
import { createBackend, type Faults } from '../support/faulty.js'

const module = fileURLToPath(new URL('../support/faulty.ts', import.meta.url))

function run(faults: Faults, options: IsolatedOptions): Promise<Report> {
  const execArgv = ['--max-old-space-size=80']
  return collect(runIsolated({ module, options: faults }, { runs: 5, timeLimit: 1500, execArgv, ...options }))
}

describe('a backend in a process of its own', () => {
  it('is reported with what it did by the check that met it, and the other checks still run', async () => {
    const met = {
      relu: ['throws', 'error', /no such register/],
      affine: ['nan', 'failed', /is NaN/],
      conv2d: ['reads the wrong length', 'failed', /read returned \d+ elements for y, which has \d+/],
      maxPool2d: ['hangs in read', 'hung', /no answer within 1.5 s/],
      avgPool2d: ['spins', 'hung', /no answer within 1.5 s/],
      layerNorm: ['exits', 'crashed', /ended with exit code 7/],
      groupNorm: ['aborts', 'crashed', /ended by SIGABRT/],
      softmaxCrossEntropy: ['leaves a rejected promise', 'crashed', /ended with exit code 1/],
      svmLoss: ['runs out of memory', 'crashed', /ran out of memory/],
    } as const
    const right = ['dropout', 'batchNorm', 'vector', 'adam']
    const layers = Object.fromEntries(Object.entries(met).map(([layer, [fault]]) => [layer, fault]))
    const { checks, score } = await run(
      { layers },
      { only: ['*/forward/float32'], layer: [...right, ...Object.keys(met)] },
    )
    for (const [layer, [, status, message]] of Object.entries(met)) {
      const check = checks.find((check) => check.layer === layer)
      expect({ layer, status: check?.status, message: check?.failure?.message }).toEqual({
        layer,
        status,
        message: expect.stringMatching(message),
      })
    }
    expect(score).toEqual({ passed: right.length, claimed: right.length + Object.keys(met).length, unclaimed: 0 })
  }, 120_000)

  it('that does not load is an error, with what it said', async () => {
    await expect(run({ layers: {}, broken: true }, { only: ['relu'] })).rejects.toThrow('the driver is missing')
  })

  it('gives the results that it gives in one process', async () => {
    const faults: Faults = { layers: { affine: 'nan' } }
    const options = { only: ['affine', 'backend'], runs: 5 }
    const outcome = ({ checks, score }: Report) => ({ score, checks: checks.map(({ id, status }) => [id, status]) })
    const here = await collect(runConformance(() => createBackend(faults), options))
    expect(outcome(await run(faults, options))).toEqual(outcome(here))
  })
})
