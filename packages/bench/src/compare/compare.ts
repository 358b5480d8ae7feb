import { keysOf } from '@convkit/api'
import { median } from 'simple-statistics'
import type { Measurement, Report } from '../report.js'
import { estimate } from '../statistics/estimate.js'
import { type Change, judge, type Noise, noiseOf, type Pair } from './change.js'

/** Two reports against each other. */
export interface Comparison {
  /** Drift is the peaks'; inflation comes from the baseline's rows, which no change of another backend touches. */
  readonly noise: Noise
  readonly controls: number
  readonly changes: readonly Change[]
  /** Rows that one of the two has no time for, with the reason. */
  readonly missing: readonly string[]
  /** What makes the two hard to compare. */
  readonly warnings: readonly string[]
}

export function compareReports(before: Report, after: Report): Comparison {
  const naive = after.contenders[0]?.name ?? ''
  const pairs: (Pair & { readonly contender: string })[] = []
  const missing: string[] = []
  const earlier = new Map(before.measurements.map((one) => [rowOf(one), one]))
  for (const now of after.measurements) {
    const row = rowOf(now)
    const then = earlier.get(row)
    earlier.delete(row)
    if (!then || (then.status !== 'measured' && now.status === 'measured')) missing.push(`${row}: only in the second`)
    else if (now.status === 'measured')
      pairs.push({
        row,
        contender: now.contender,
        before: estimate(then.milliseconds),
        after: estimate(now.milliseconds),
      })
    else if (then.status === 'measured') missing.push(`${row}: only in the first: ${now.reason}`)
  }
  for (const [row, { status }] of earlier) if (status === 'measured') missing.push(`${row}: only in the first`)
  const controls = pairs.filter(({ contender }) => contender === naive)
  // A clock that ticks faster shows in the peaks. What all of naive's rows have in common may be the compiler's doing.
  const noise = { ...noiseOf(controls), drift: driftOf(before, after) }
  return {
    noise,
    controls: controls.length,
    changes: pairs.map((pair) => judge(pair, noise)),
    missing,
    warnings: warningsOf(before, after),
  }
}

/** How many times as long the same arithmetic takes in the second run. */
function driftOf({ peaks: a }: Report, { peaks: b }: Report): number {
  const logs = keysOf(a.chains).flatMap((variant) => {
    const [before = 0, after = 0] = [a.chains[variant], b.chains[variant]]
    return before > 0 && after > 0 ? [Math.log(before / after)] : []
  })
  return logs.length === 0 ? 1 : Math.exp(median(logs))
}

export function rowOf({ workload, pass, contender }: Pick<Measurement, 'workload' | 'pass' | 'contender'>): string {
  return `${workload}, ${pass}, ${contender}`
}

function warningsOf({ environment: a, quick: quickA }: Report, { environment: b, quick: quickB }: Report): string[] {
  const differing = (['cpu', 'processors', 'node', 'platform'] as const).filter((key) => a[key] !== b[key])
  return [
    ...differing.map((key) => `the two runs differ in ${key}: ${a[key]}, then ${b[key]}`),
    ...(quickA !== quickB ? ['one of the two was a quick run'] : []),
  ]
}
