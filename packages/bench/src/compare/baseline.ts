import { ConfigError } from '@convkit/api'
import { z } from 'zod'
import { checked, parseJson } from '../json.js'
import type { Measurement, Report } from '../report.js'
import { type Estimate, estimate } from '../statistics/estimate.js'
import { type Change, judge, levels, type Noise, noiseOf, type Pair } from './change.js'
import { rowOf } from './compare.js'

const positive = z.number().positive()
const estimateSchema = z.strictObject({
  median: positive,
  low: positive,
  high: positive,
  coverage: z.number(),
  n: z.int(),
})

/** Times over those of naive, kept in the repository: what a later run is held against. */
const schema = z.strictObject({
  cpu: z.string(),
  node: z.string(),
  commit: z.string().nullable(),
  /** By `workload, pass, contender`. */
  rows: z.record(z.string(), estimateSchema),
})

export type Baseline = z.output<typeof schema>

/** Errors: `ConfigError` that names the file and what is wrong with it. */
export function parseBaseline(file: string, text: string): Baseline {
  return checked(schema, file, parseJson(file, text))
}

export function baselineOfReport(report: Report): Baseline {
  const { cpu, node, commit } = report.environment
  return { cpu, node, commit, rows: Object.fromEntries(relativeTimes(report)) }
}

/** What a run is against the stored ratios. */
export interface GateResult {
  readonly noise: Noise
  /** Whether it is the processor that the ratios are from. */
  readonly sameCpu: boolean
  readonly changes: readonly Change[]
  readonly slower: readonly Change[]
  /** Rows of the run that the file lacks. */
  readonly unknown: readonly string[]
}

/**
 * A row fails when its time over naive's has grown beyond the noise. How much ratios move from run to run although nothing
 * was changed is taken from the rows themselves: their common factor, where the processor is another one, and in any case
 * their spread around it, of which a median does not notice the few that have really changed. `known`: the noise of a
 * run with more rows, where these are a few of them.
 */
export function holdAgainst(baseline: Baseline, report: Report, known?: Noise): GateResult {
  const times = relativeTimes(report)
  const pairs = [...times].flatMap(([row, after]): Pair[] => {
    const before = baseline.rows[row]
    return before ? [{ row, before, after }] : []
  })
  if (pairs.length === 0) throw new ConfigError('the stored ratios have none of the rows that were measured')
  const sameCpu = baseline.cpu === report.environment.cpu
  const { drift, inflation } = noiseOf(pairs)
  const noise = known ?? { drift: sameCpu ? 1 : drift, inflation }
  const changes = pairs.map((pair) => judge(pair, noise, levels.strict))
  return {
    noise,
    sameCpu,
    changes,
    slower: changes.filter(({ verdict }) => verdict === 'slower'),
    unknown: [...times.keys()].filter((row) => !(row in baseline.rows)),
  }
}

/** Each contender's time over naive's in the same run; sampled in turns, both share what the machine did meanwhile. */
function relativeTimes({ measurements, contenders, peers }: Report): Map<string, Estimate> {
  const [naive] = contenders
  const others = new Set(peers.map(({ name }) => name))
  const times = new Map<string, Estimate>()
  for (const one of measurements) {
    if (one.contender === naive?.name || others.has(one.contender) || one.milliseconds.length === 0) continue
    const base = measurements.find(
      (other) => other.workload === one.workload && other.pass === one.pass && other.contender === naive?.name,
    )
    if (base && base.milliseconds.length > 0) times.set(rowOf(one), relative(one, base))
  }
  return times
}

function relative(one: Measurement, base: Measurement): Estimate {
  const [a, b] = [estimate(one.milliseconds), estimate(base.milliseconds)]
  return {
    median: a.median / b.median,
    low: a.low / b.high,
    high: a.high / b.low,
    coverage: Math.min(a.coverage, b.coverage),
    // What is slow enough for naive to be sampled a few times alone varies little.
    n: a.n,
  }
}
