import { ConfigError } from '@convkit/api'
import { Random } from '@convkit/data'
import { expect, test } from 'vitest'
import { baselineOfReport, holdAgainst, parseBaseline } from '../src/compare/baseline.js'
import { compareReports } from '../src/compare/compare.js'
import { gateText } from '../src/compare/gateText.js'
import { comparisonText } from '../src/compare/text.js'
import type { Report } from '../src/report.js'
import { measurement, names, reportOf } from './report.js'

/** Rows of a made-up run: workloads of 0.01 to 1000 ms, on each of four contenders. */
const workloads = Array.from({ length: 60 }, (_, i) => ({ name: `w${i}`, ms: 10 ** ((i % 6) - 2) }))
const speeds = { [names.naive]: 1, [names.one]: 1 / 40, [names.double]: 1 / 20, [names.two]: 1 / 70 }

interface Made {
  readonly seed: number
  /** By how much every row's time is off in this run: a standard deviation, in logarithms. */
  readonly betweenRuns?: number
  /** And all rows' alike. */
  readonly clock?: number
  /** By how much samples of one row differ. */
  readonly within?: number
  readonly samples?: number
  slowed?(contender: string, workload: string): number
}

/** Samples as a computer gives them: mostly alike, with a tail on the slow side. */
function run({ seed, betweenRuns = 0.01, clock = 1, within = 0.03, samples = 31, slowed = () => 1 }: Made): Report {
  const random = new Random(seed)
  const [normal = 0] = random.normal(1)
  const gauss = () => random.normal(1)[0] ?? normal
  const measurements = workloads.flatMap(({ name, ms }) =>
    Object.entries(speeds).map(([contender, speed]) => {
      const usual = ms * speed * clock * Math.exp(betweenRuns * gauss()) * slowed(contender, name)
      const taken = Array.from({ length: samples }, () => {
        const disturbed = random.uniform() < 0.1 ? 1 + random.uniform() : 1
        return usual * Math.exp(within * Math.abs(gauss())) * disturbed
      })
      return { ...measurement(contender, 'forward', ...taken), workload: name }
    }),
  )
  const peaks = { chains: { 'float32-fma': 50 / clock, 'float64-fma': 25 / clock }, copy: 20 }
  return reportOf({ measurements, peers: [], peaks })
}

const changed = (before: Report, after: Report) =>
  compareReports(before, after).changes.filter(({ verdict }) => verdict !== 'same')

test.each([1, 2, 3, 4, 5])('the same commit measured twice has no change in 95 of 100 rows, seed %d', (seed) => {
  const [before, after] = [run({ seed: 2 * seed }), run({ seed: 2 * seed + 1 })]
  expect(changed(before, after).length).toBeLessThanOrEqual(0.05 * before.measurements.length)
})

test.each([1, 2, 3])('nor where every row moves by 3 % from run to run and the clock by 10 %, seed %d', (seed) => {
  const noisy = { betweenRuns: 0.03, within: 0.05 }
  const [before, after] = [run({ seed: 2 * seed, ...noisy }), run({ seed: 2 * seed + 1, ...noisy, clock: 1.1 })]
  const { noise } = compareReports(before, after)
  expect(noise.drift).toBeCloseTo(1.1, 12)
  expect(changed(before, after).length).toBeLessThanOrEqual(0.05 * before.measurements.length)
})

const slower = (factor: number) => (contender: string) => (contender === names.one ? factor : 1)

test.each([1, 2, 3])('a backend slowed by 25 % is found in every row, and nothing else is, seed %d', (seed) => {
  const comparison = compareReports(run({ seed: 2 * seed }), run({ seed: 2 * seed + 1, slowed: slower(1.25) }))
  const own = comparison.changes.filter(({ row }) => row.endsWith(names.one))
  expect(own.map(({ verdict }) => verdict)).toEqual(workloads.map(() => 'slower'))
  for (const { low, high } of own) {
    expect(low).toBeGreaterThan(1)
    expect(high).toBeGreaterThan(1.2)
  }
  const others = comparison.changes.filter(({ row, verdict }) => !row.endsWith(names.one) && verdict !== 'same')
  expect(others.length).toBeLessThanOrEqual(0.05 * 3 * workloads.length)
})

test('one slowed by 10 % is found wherever the row says that it sees so much', () => {
  const before = run({ seed: 5, within: 0.1 })
  const after: Report = {
    ...before,
    measurements: before.measurements.map((one) =>
      one.contender === names.one ? { ...one, milliseconds: one.milliseconds.map((ms) => 1.1 * ms) } : one,
    ),
  }
  const own = compareReports(before, after).changes.filter(({ row }) => row.endsWith(names.one))
  expect(own.map(({ verdict }) => verdict)).toEqual(own.map(({ visible }) => (visible < 1.1 ? 'slower' : 'same')))
  expect(new Set(own.map(({ verdict }) => verdict)).size).toBe(2)
})

test('what got faster is said to be', () => {
  const faster = changed(
    run({ seed: 1 }),
    run({ seed: 2, slowed: (c, w) => (c === names.two && w === 'w7' ? 0.7 : 1) }),
  )
  expect(faster).toContainEqual(expect.objectContaining({ row: `w7, forward, ${names.two}`, verdict: 'faster' }))
})

test('rows with too few samples are not judged', () => {
  const few = (seed: number) => run({ seed, samples: 3 })
  expect(new Set(compareReports(few(1), few(2)).changes.map(({ verdict }) => verdict))).toEqual(
    new Set(['too few samples']),
  )
})

test('a row that has become wrong or is gone is named', () => {
  const before = run({ seed: 1 })
  const [first, second, ...rest] = before.measurements
  if (!first || !second) throw new Error('no rows')
  const wrong = { ...second, status: 'wrong' as const, milliseconds: [], reason: 'y[0] is off' }
  const { missing } = compareReports(before, { ...before, measurements: [wrong, ...rest] })
  expect(missing).toEqual([
    `w0, forward, ${second.contender}: only in the first: y[0] is off`,
    `w0, forward, ${first.contender}: only in the first`,
  ])
})

test('the text names the noise, the smallest change that each row sees, and the sum', () => {
  const text = comparisonText(compareReports(run({ seed: 1 }), run({ seed: 2, slowed: slower(1.25) })))
  expect(text).toMatch(/took \+0\.0 % time in the second run.* 60 rows of naive/)
  expect(text).toMatch(/sees from/)
  expect(text).toMatch(/6\d of 240 rows changed: 6\d slower, \d+ faster$/)
})

test('runs on different machines are compared with a warning', () => {
  const before = run({ seed: 1 })
  const after = { ...before, environment: { ...before.environment, cpu: 'another' } }
  expect(compareReports(before, after).warnings).toEqual(['the two runs differ in cpu: a processor, then another'])
})

const stored = (report: Report) => parseBaseline('gate.json', JSON.stringify(baselineOfReport(report)))

test.each([1, 2, 3])('a gate lets the same commit pass, and stops a slower kernel, seed %d', (seed) => {
  const baseline = stored(run({ seed: 2 * seed }))
  expect(holdAgainst(baseline, run({ seed: 2 * seed + 1 })).slower.length).toBeLessThanOrEqual(2)
  const one = (contender: string, workload: string) => (contender === names.one && workload === 'w7' ? 1.4 : 1)
  const { slower } = holdAgainst(baseline, run({ seed: 2 * seed + 1, slowed: one }))
  expect(slower.map(({ row }) => row)).toContain(`w7, forward, ${names.one}`)
})

test('a gate that stops every row says so; on another processor what is common to all is taken as usual', () => {
  const baseline = stored(run({ seed: 1 }))
  const all = run({ seed: 2, slowed: (contender) => (contender === names.naive ? 1 : 1.4) })
  expect(holdAgainst(baseline, all).slower).toHaveLength(180)
  const elsewhere = holdAgainst(baseline, { ...all, environment: { ...all.environment, cpu: 'another' } })
  expect(elsewhere.slower.length).toBeLessThanOrEqual(9)
  expect(gateText(elsewhere, baseline)).toContain('This is another processor: 0.7')
})

test('a file that holds no ratios is refused', () => {
  expect(() => parseBaseline('gate.json', '{}')).toThrow(/gate\.json: .*cpu/s)
  expect(() => parseBaseline('gate.json', '{')).toThrow(ConfigError)
  expect(() => holdAgainst({ cpu: '', node: '', commit: null, rows: {} }, run({ seed: 1 }))).toThrow(/none of the rows/)
})
