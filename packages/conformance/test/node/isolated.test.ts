import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { collect, type Report, runConformance } from '../../src/index.js'
import { type IsolatedOptions, runIsolated } from '../../src/node/index.js'
import { createBackend, type Faults } from '../support/faulty.js'

const module = fileURLToPath(new URL('../support/faulty.ts', import.meta.url))

function run(faults: Faults, options: IsolatedOptions): Promise<Report> {
  // Less than the machine has, so that running out takes no time; more than any case needs.
  const execArgv = ['--max-old-space-size=80']
  return collect(
    runIsolated({ module, options: faults }, { runs: 5, timeLimit: 1500, execArgv, reproduce: false, ...options }),
  )
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
      sgd: [
        'returns a promise',
        'failed',
        /^kernel sgd.update returned a promise; kernels must queue and return nothing$/,
      ],
      rmsprop: ['rejects', 'failed', /^kernel rmsprop.update returned a promise;/],
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
  })

  it('tells where it hangs: in which case, and since when', async () => {
    const { checks } = await run({ layers: { relu: 'hangs in read' } }, { only: ['relu/backward'], reproduce: true })
    expect(checks).toMatchObject([
      {
        status: 'hung',
        failure: {
          path: expect.stringMatching(/^0\b/),
          message: expect.stringMatching(
            /^no answer within 1.5 s: case 1 of 1 began \d.\d s into relu\/backward\/float32/,
          ),
        },
        reproduction: { kind: 'alone', steps: [{ id: 'relu/backward/float32' }] },
      },
    ])
  })

  it('may take most of its time limit for a case: that is too few cases, and not no answer', async () => {
    const { checks } = await run({ layers: { relu: 'is slow' } }, { only: ['relu/forward'] })
    expect(checks).toMatchObject([
      { status: 'incomplete', wanted: 5, failure: { message: expect.stringMatching(/^[12] of 5/) } },
    ])
  })

  it('that does not load is an error, with what it said', async () => {
    await expect(run({ layers: {}, broken: true }, { only: ['relu'] })).rejects.toThrow('the driver is missing')
  })

  it('gives the results that it gives in one process', async () => {
    const faults: Faults = { layers: { affine: 'nan', relu: 'rejects' } }
    // Time enough for every case on a machine that is busy: how many ran is compared.
    const options = { only: ['affine', 'relu', 'backend'], runs: 5, reproduce: true, timeLimit: 60_000 }
    const outcome = ({ checks, score, roots }: Report) => ({
      score,
      roots,
      checks: checks.map(({ id, status, cases, wanted, reproduction }) => [
        id,
        status,
        cases,
        wanted,
        reproduction?.kind,
      ]),
    })
    const here = await collect(runConformance(() => createBackend(faults), options))
    expect(outcome(await run(faults, options))).toEqual(outcome(here))
  })
})
