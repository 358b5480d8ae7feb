import type { ContenderInfo, Measurement, PeerInfo, Report, WorkloadInfo } from '../report.js'
import { type Estimate, estimate, type Interval, ratio } from '../statistics/estimate.js'
import type { Group } from '../workload/schema.js'
import type { Pass } from '../workload/workload.js'
import { figure, none } from './table.js'

/** A measurement that has samples, and what they come down to. */
export interface Found {
  readonly measurement: Measurement
  readonly time: Estimate
}

/** One pass of one workload. */
export interface Row {
  readonly workload: WorkloadInfo
  readonly pass: Pass
  /** `W1 conv 3x3`, `forward`. */
  readonly cells: readonly string[]
  at(contender: string): Found | null
}

/** Those of these groups that at least one of the contenders was measured in. */
export function rowsOf(report: Report, groups: readonly Group[], names: readonly string[]): Row[] {
  const index = indexOf(report)
  return report.workloads.flatMap((workload) => {
    if (!groups.includes(workload.group)) return []
    return workload.passes.flatMap((pass): Row[] => {
      const at = (name: string) => index.get(keyOf(workload.name, pass, name)) ?? null
      if (!names.some(at)) return []
      return [{ workload, pass, cells: [titleOf(workload), pass], at }]
    })
  })
}

function titleOf({ name, title }: WorkloadInfo): string {
  return /^[A-Z]\d+$/.test(name) ? `${name} ${title}` : title
}

const indices = new WeakMap<Report, Map<string, Found>>()

function indexOf(report: Report): Map<string, Found> {
  const known = indices.get(report)
  if (known) return known
  const index = new Map<string, Found>()
  for (const measurement of report.measurements)
    if (measurement.milliseconds.length > 0)
      index.set(keyOf(measurement.workload, measurement.pass, measurement.contender), {
        measurement,
        time: estimate(measurement.milliseconds),
      })
  indices.set(report, index)
  return index
}

function keyOf(workload: string, pass: Pass, contender: string): string {
  return JSON.stringify([workload, pass, contender])
}

export function baselineOf({ contenders: [first] }: Report): string {
  return first?.name ?? ''
}

/** All but the baseline. */
export function entrantsOf({ contenders }: Report): readonly ContenderInfo[] {
  return contenders.slice(1)
}

/** What peers and profiles are about. */
export function referenceOf({ contenders }: Report): ContenderInfo | undefined {
  return contenders[1]
}

/** Libraries that trained a model too. */
export function trainingPeersOf(report: Report): readonly PeerInfo[] {
  const models = new Set(report.workloads.filter(({ images }) => images !== null).map(({ name }) => name))
  return report.peers.filter(({ name }) =>
    report.measurements.some(
      ({ contender, workload, status }) => contender === name && status === 'measured' && models.has(workload),
    ),
  )
}

export function show(found: Found | null, text: (found: Found) => string): string {
  return found ? text(found) : none
}

export const tooFew = '†'
export const tooFewNote = `${tooFew} fewer than six samples: the interval covers less than 95 %.`

/** `1.37 (1.35–1.40), 15` */
export function timeCell(found: Found | null): string {
  return show(found, ({ time: { median, low, high, n } }) =>
    n === 1
      ? `${figure(median)}, 1${tooFew}`
      : `${figure(median)} (${figure(low)}–${figure(high)}), ${n}${n < 6 ? tooFew : ''}`,
  )
}

/** `52.3 (51.0–53.9)` */
export function ratioCell(slow: Found | null, fast: Found | null): string {
  return slow && fast ? intervalCell(ratio(slow.time, fast.time)) : none
}

export function intervalCell({ value, low, high }: Interval): string {
  return low === high ? figure(value) : `${figure(value)} (${figure(low)}–${figure(high)})`
}
