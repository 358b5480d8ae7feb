import { type Arithmetic, activations } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allChecks,
  type Check,
  type ConformanceOptions,
  collect,
  failuresOf,
  runConformance,
  succeeded,
  summaryLine,
  unclaimedOf,
} from '../../src/index.js'
import { describeConformance } from '../../src/vitest.js'
import { createHidingNaN, ieee } from '../support/hidingNaN.js'

const naive = createNaive()
const suite = allChecks().filter(({ dtype }) => dtype === 'float32')

const sandwiches = ['affineRelu', 'convRelu', 'convReluPool', 'convBnRelu', 'convBnReluPool']
/** Laws that compare bits in every layer, in some, or in sandwiches, which are held to themselves. */
const sameBits: { readonly [law: string]: readonly string[] | null } = {
  repeats: null,
  composition: null,
  seen: null,
  'stale kernels': null,
  'many calls': null,
  mark: null,
  homogeneous: null,
  stale: sandwiches,
  replays: sandwiches,
  plans: sandwiches.filter((layer) => layer.includes('Bn')),
  scale: [
    'conv2d',
    'affine',
    'relu',
    'concat',
    ...Object.keys(activations),
    'maxPool2d',
    'avgPool2d',
    'dropout',
    'vector',
  ],
}

/** The checks that say nothing of a backend which leaves this open. */
const isAbout = {
  nonFinite: ({ law }: Check) =>
    ['special values', '3x3 special values', 'NaN', 'non-finite windows', 'signed zeros', 'special scalars'].includes(
      law,
    ),
  subnormals: ({ law }: Check) => law === 'subnormals',
  deterministic: ({ id, law, layer }: Check) =>
    law in sameBits && (sameBits[law]?.includes(layer) ?? !id.startsWith('backend/many-calls')),
} as const

const declarations: fc.Arbitrary<Arithmetic> = fc.record({
  unitRoundoff: fc.constant(2 ** -24),
  subnormals: fc.constantFrom('kept', 'stateFlushed', 'flushed'),
  nonFinite: fc.constantFrom('ieee', 'unspecified'),
  deterministic: fc.boolean(),
})

/** The suite with checks that only note that they ran. */
async function runNoting(arithmetic: Arithmetic | null) {
  const ran: string[] = []
  const checks = suite.map((check): Check => {
    const run: Check['run'] = async () => {
      ran.push(check.id)
      return { cases: 1, refusals: [], failure: null }
    }
    return { ...check, run }
  })
  const kernels = { float32: naive.kernels.float32 ?? {} }
  const backend = { ...naive, kernels, ...(arithmetic ? { arithmetic: { float32: arithmetic } } : {}) }
  return { ran, report: await collect(runConformance(backend, { checks })) }
}

describe('what a backend does not claim', () => {
  it('is exactly what its declaration leaves open; the rest runs, and makes the score', () =>
    fc.assert(
      fc.asyncProperty(declarations, async (declared) => {
        const isOpen = (check: Check) =>
          (declared.nonFinite === 'unspecified' && isAbout.nonFinite(check)) ||
          (declared.subnormals === 'flushed' && isAbout.subnormals(check)) ||
          (!declared.deterministic && isAbout.deterministic(check))
        const { ran, report } = await runNoting(declared)
        const [unclaimed, claimed] = [true, false].map((is) =>
          suite.filter((check) => isOpen(check) === is).map(({ id }) => id),
        )
        const reported = report.checks.filter(({ status }) => status === 'unclaimed')
        expect(reported.map(({ id }) => id)).toEqual(unclaimed)
        expect(ran).toEqual(claimed)
        const counts = { claimed: claimed?.length, unclaimed: unclaimed?.length }
        expect(report.score).toEqual({ passed: claimed?.length, ...counts })
        expect(unclaimedOf(report).reduce((sum, { checks }) => sum + checks, 0)).toBe(counts.unclaimed)
      }),
      { numRuns: 12 },
    ))

  it('is nothing where plain IEEE 754 is declared, or nothing at all', async () => {
    for (const arithmetic of [ieee, null]) {
      const { ran, report } = await runNoting(arithmetic)
      expect(ran).toHaveLength(suite.length)
      expect(report.score).toEqual({ passed: suite.length, claimed: suite.length, unclaimed: 0 })
      expect(summaryLine(report)).toContain(`${suite.length} of ${suite.length} passed (100 %), float32`)
    }
  })

  it('stands beside the score', async () => {
    const { ran, report } = await runNoting({ ...ieee, nonFinite: 'unspecified' })
    const [all, open] = [ran.length, suite.length - ran.length]
    expect(open).toBeGreaterThan(20)
    expect(summaryLine(report)).toContain(`${all} of ${all} claimed passed (100 %), ${open} not claimed, float32`)
  })
})

describe('a backend that hides a NaN and is right otherwise', () => {
  const run = (declared: Partial<Arithmetic>, skips: ConformanceOptions['skips'] = []) =>
    collect(runConformance(createHidingNaN(declared), { layer: ['relu'], skips }))

  it('fails nothing if it says so', async () => {
    const report = await run({ nonFinite: 'unspecified' })
    expect(failuresOf(report)).toEqual([])
    expect(report.score).toMatchObject({ passed: report.checks.length - 1, unclaimed: 1 })
    expect(report.checks.find(({ status }) => status === 'unclaimed')).toMatchObject({
      id: 'relu/special-values/float32',
      cases: 0,
      unclaimed: 'it declares nothing of NaN and infinities',
    })
  })

  it('fails if it does not', async () => {
    const report = await run({})
    expect(failuresOf(report).map(({ id }) => id)).toEqual(['relu/special-values/float32'])
  })

  it('pays for a skip only where there is something to skip', async () => {
    const skips = [{ id: 'relu/special-values/float32', reason: 'it hides them' }]
    const { score } = await run({}, skips)
    expect(score).toEqual({ passed: score.claimed - 1, claimed: score.claimed, unclaimed: 0 })
    const report = await run({ nonFinite: 'unspecified' }, skips)
    expect(report.score).toEqual({ passed: score.claimed - 1, claimed: score.claimed - 1, unclaimed: 1 })
    expect(succeeded(report)).toBe(true)
  })
})

// The check of NaN would fail if it ran.
describeConformance(
  'under vitest: a backend that hides a NaN and says so',
  () => createHidingNaN({ nonFinite: 'unspecified' }),
  { layer: ['relu'], runs: 10 },
)
