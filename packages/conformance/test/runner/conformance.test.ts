import { type Backend, UnsupportedError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds } from '../../src/core/property.js'
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  type ConformanceOptions,
  collect,
  failuresOf,
  runConformance,
  summaryLine,
  terminalReport,
} from '../../src/index.js'

const right: CheckOutcome = { cases: 3, refusals: [], failure: null }

function check(id: string, run: () => Promise<CheckOutcome> = async () => right): Check {
  const [layer = '', law = '', dtype] = id.split('/')
  if (dtype !== 'float32' && dtype !== 'float64') throw new Error(id)
  return { id, layer, law, dtype, says: 'it holds', run }
}

async function run(checks: readonly Check[], options: ConformanceOptions = {}) {
  const { status, score, problems } = await report(checks, options)
  return { status, score, problems }
}

async function report(checks: readonly Check[], options: ConformanceOptions = {}) {
  const report = await collect(runConformance(createNaive, { checks, timeLimit: 50, ...options }))
  return { ...report, status: Object.fromEntries(report.checks.map(({ id, status }) => [id, status])) }
}

describe('a run', () => {
  it('goes on after a check that throws, and after one that never ends, with a fresh backend', async () => {
    let made = 0
    const checks = [
      check('relu/a/float32', async () => {
        throw new RangeError('no such register')
      }),
      check('relu/b/float32', () => new Promise(() => {})),
      check('relu/c/float32'),
    ]
    const create = () => {
      made++
      return createNaive()
    }
    const { checks: results } = await collect(runConformance(create, { checks, timeLimit: 50, reproduce: false }))
    expect(results.map(({ status }) => status)).toEqual(['error', 'hung', 'passed'])
    expect(results[0]?.failure?.thrown).toMatch(/RangeError: no such register\n.*conformance\.test/)
    expect(made).toBe(2)
  })

  it('tells a kernel that is not there from one that the backend refuses, and fails for neither', async () => {
    const refuse = async () => {
      throw new UnsupportedError('not today')
    }
    const checks = [check('relu/a/float32', refuse), check('affine/a/float32', refuse), check('affine/b/float32')]
    const naive = createNaive()
    const { relu: _, ...kernels } = naive.kernels.float32 ?? {}
    const { checks: results, score } = await collect(
      runConformance({ ...naive, kernels: { float32: kernels } }, { checks }),
    )
    expect(results.map(({ status }) => status)).toEqual(['missing', 'refused', 'passed'])
    expect(score).toEqual({ passed: 1, claimed: 3, unclaimed: 0 })
  })

  it('does not speak of a dtype that `kernels` lacks', async () => {
    const naive = createNaive()
    const backend = { ...naive, kernels: { float32: naive.kernels.float32 ?? {} } }
    const checks = [check('relu/a/float32'), check('relu/a/float64')]
    const { checks: results } = await collect(runConformance(backend, { checks }))
    expect(results.map(({ id }) => id)).toEqual(['relu/a/float32'])
  })

  it('holds the storage of a backend without kernels to the suite, and says that this is all', async () => {
    const backend = { ...createNaive(), kernels: {} }
    const report = await collect(runConformance(backend, { runs: 3 }))
    const [layers, dtypes] = (['layer', 'dtype'] as const).map(
      (key) => new Set(report.checks.map((check) => check[key])),
    )
    expect([...layers, ...dtypes]).toEqual(['backend', 'int32', 'float32'].toSorted())
    expect(report.checks.filter(({ status }) => status === 'passed').length).toBeGreaterThan(10)
    expect(failuresOf(report)).toEqual([])
    expect(summaryLine(report)).toMatch(
      /conformance: naive: \d\d of \d\d passed \([\d.]+ %\), \d missing, no kernels, seed/,
    )
    expect(terminalReport(report)).toContain(
      'its kernels name no number type, so only its storage was held to the suite',
    )
    const wide = await collect(runConformance(backend, { runs: 3, dtype: 'float64' }))
    expect(new Set(wide.checks.map(({ dtype }) => dtype))).toEqual(new Set(['float64']))
  })

  it('that is never there is an error, in time', async () => {
    const never = () => new Promise<Backend>(() => {})
    await expect(collect(runConformance(never, { loadLimit: 20 }))).rejects.toThrow(
      'the backend was not there within 0.02 s: its module or its createBackend did not settle; --load-limit gives it more time',
    )
  })

  it('tells the case that never ended', async () => {
    const checks = [
      check('relu/a/float32', async () => right),
      {
        ...check('relu/b/float32'),
        run: (context: CheckContext) =>
          holds(context, fc.nat(), (n) => (n > 3 ? new Promise(() => {}) : Promise.resolve())),
      },
    ]
    const { checks: results } = await report(checks, { reproduce: false })
    expect(results[1]?.failure?.message).toMatch(
      /^no answer within 0.05 s: case \d+ of 40 began 0.\d s into relu\/b\/float32 and did not end$/,
    )
  })

  it('starts no new case when most of its time is gone, and so ends in time', async () => {
    let started = 0
    const slow = {
      ...createNaive(),
      read: async () => {
        started++
        await new Promise((resolve) => setTimeout(resolve, 30))
        return new Float32Array(1)
      },
    }
    const { checks: results } = await collect(
      runConformance(slow, { only: ['backend/round-trip/float32'], timeLimit: 200, runs: 1000 }),
    )
    expect(results).toHaveLength(1)
    expect(results[0]?.status).not.toBe('hung')
    expect(started).toBeLessThan(20)
  })
})

describe('names', () => {
  const checks = ['relu/a/float32', 'relu/ab/float32', 'affine/a/float64'].map((id) => check(id))
  it.each([
    [{ only: ['relu/a'] }, ['relu/a/float32']],
    [{ only: ['relu'] }, ['relu/a/float32', 'relu/ab/float32']],
    [{ only: ['*/a'] }, ['relu/a/float32', 'affine/a/float64']],
    [{ only: ['relu/ab/float32', 'affine'] }, ['relu/ab/float32', 'affine/a/float64']],
    [{ layer: ['affine'] }, ['affine/a/float64']],
    [{ dtype: 'float32' as const }, ['relu/a/float32', 'relu/ab/float32']],
  ])('%j chooses %j', async (options, chosen) => {
    expect(Object.keys((await run(checks, options)).status)).toEqual(chosen)
  })

  it.each([
    [{ only: ['relu/a'], layer: ['affine'] }, '--only relu/a --layer affine: no check is all of that'],
    [{ only: ['affine'], dtype: 'float32' as const }, '--only affine --dtype float32: no check is all of that'],
    [{ replay: 'relu/a/float32@0+relu/x/float32' }, '--replay: no check is named relu/x/float32'],
    [{ path: '1:x' }, 'expected cases like'],
  ])('a selection of no check is an error: %j', async (options, message) => {
    await expect(run(checks, options)).rejects.toThrow(message)
  })

  it('a dtype without kernels leaves no check', async () => {
    const backend = { ...createNaive(), kernels: { float32: {} } }
    await expect(collect(runConformance(backend, { checks, dtype: 'float64' }))).rejects.toThrow(
      '--dtype float64: no check is left, since the backend has kernels of float32 alone',
    )
  })

  it.each([{ only: ['relu/ax'] }, { only: ['rel'] }, { layer: ['rel'] }])('%j is an error', async (options) => {
    await expect(run(checks, options)).rejects.toThrow(/rel/)
  })
})

describe('the skip list', () => {
  const wrong = async () => {
    throw new Error('wrong')
  }
  const checks = [check('relu/a/float32', wrong), check('relu/b/float32')]

  it('lets a check fail, at the cost of the score', async () => {
    expect(await run(checks, { skips: [{ id: 'relu/a/float32', reason: 'known' }] })).toEqual({
      status: { 'relu/a/float32': 'skipped', 'relu/b/float32': 'passed' },
      score: { passed: 1, claimed: 2, unclaimed: 0 },
      problems: [],
    })
  })

  it('does not let a check pass', async () => {
    const { status } = await run(checks, { skips: [{ id: 'relu/b/float32', reason: 'known' }] })
    expect(status['relu/b/float32']).toBe('failed')
  })

  it('names checks by their exact ids', async () => {
    const { problems } = await run(checks, { skips: [{ id: 'relu/a', reason: 'known' }] })
    expect(problems).toEqual(['the skip list names relu/a, which is no check'])
  })

  it('may name a check that was not asked for', async () => {
    const { problems } = await run(checks, { skips: [{ id: 'relu/a/float32', reason: 'known' }], only: ['relu/b'] })
    expect(problems).toEqual([])
  })
})
