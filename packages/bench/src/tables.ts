import { markdownTable } from 'markdown-table'
import { baseline, champion, double, threaded, withoutFma } from './contender.js'
import { peakOf } from './peak.js'
import type { Measurement, Report, WorkloadInfo } from './report.js'
import { verySlow } from './sampling.js'
import { giga, ratio, type Time, timeOf } from './statistics.js'
import type { Pass } from './workload.js'

export interface Table {
  readonly title: string
  /** What to know about the figures. */
  readonly note: string
  /** The first is the head. */
  readonly rows: readonly (readonly string[])[]
}

/** Every table that a report has something for. */
export function tables(report: Report): Table[] {
  const makers = [peakTable, speedTable, timeTable, shareTable, scalingTable, productTable, peerTable, absentTable]
  return makers.map((make) => make(report)).filter(({ rows }) => rows.length > 1)
}

/** As Markdown, which a terminal shows well enough. */
export function renderTable({ rows }: Table): string {
  const align = (rows[0] ?? []).map((_, column) => (rows.every((row) => /^[\d·]/.test(row[column] ?? '')) ? 'r' : 'l'))
  return markdownTable(
    rows.map((row) => [...row]),
    { align },
  )
}

const none = '·'
const fast = [champion, withoutFma, double, threaded]

function peakTable({ peaks: { chains, copy } }: Report): Table {
  const rows = Object.entries(chains).map(([variant, value]) => {
    const [dtype, simd] = variant.split('-')
    return [`${dtype}, ${simd === 'fma' ? 'fused multiply-add' : 'multiply, then add'}`, figure(value), 'GFLOP/s']
  })
  return {
    title: 'Peak of one thread',
    note: '128-bit operations in registers, in 12 independent chains, the fused ones taken as the peak below; and a copy of 64 MiB, bytes read and written.',
    rows: [['what', 'at most', ''], ...rows, ['copy', figure(copy), 'GB/s']],
  }
}

function speedTable(report: Report): Table {
  const rows = rowsOf(report, baseline).map(({ cells, at }) => {
    const naive = at(baseline)
    const cost = naive?.measurement.cost.flops ?? 0
    return [
      ...cells,
      naive ? `${figure(naive.time.min)}${naive.time.min > verySlow ? '*' : ''}` : none,
      naive ? figure(giga(cost, naive.time)) : none,
      ...fast.map((name) => over(naive, at(name))),
    ]
  })
  return {
    title: 'Times as fast as naive float64',
    note: 'Minimum over minimum; in brackets median over median. * sampled once.',
    rows: [['workload', 'pass', 'naive, ms', 'naive, GFLOP/s', ...fast], ...rows],
  }
}

function timeTable(report: Report): Table {
  return {
    title: 'Milliseconds a call',
    note: 'Minimum; in brackets the median.',
    rows: [
      ['workload', 'pass', ...fast],
      ...rowsOf(report, ...fast).map(({ cells, at }) => [
        ...cells,
        ...fast.map((name) => show(at(name), ({ time }) => `${figure(time.min)} (${figure(time.median)})`)),
      ]),
    ],
  }
}

function shareTable(report: Report): Table {
  const { peaks } = report
  const rows = rowsOf(report, ...fast).map(({ cells, at }) => [
    ...cells,
    ...fast.map((name) => show(at(name), (found) => ofPeak(report, found))),
    show(at(champion), ({ time, measurement }) => {
      const bandwidth = giga(measurement.cost.bytes, time)
      return `${figure(bandwidth)} (${percent(bandwidth / peaks.copy)})`
    }),
  ])
  return {
    title: 'GFLOP/s, GB/s',
    note: 'In brackets the part of the peak, of as many threads and in the same dtype; for GB/s, of the copy. What fits the caches can be faster than the copy, which does not.',
    rows: [['workload', 'pass', ...fast, `${champion}, GB/s`], ...rows],
  }
}

function scalingTable(report: Report): Table {
  const rows = rowsOf(report, threaded, double).map(({ cells, at }) => [
    ...cells,
    over(at(champion), at(threaded)),
    over(at(double), at(champion)),
  ])
  return {
    title: 'Two threads, two dtypes',
    note: 'Minimum over minimum; in brackets median over median.',
    rows: [['workload', 'pass', 'two threads over one', 'float32 over float64'], ...rows],
  }
}

function productTable(report: Report): Table {
  const rows = report.workloads.flatMap((workload) =>
    workload.size === null
      ? []
      : [
          [
            String(workload.size),
            ...fast.map((name) => show(find(report, workload, 'forward', name), (found) => ofPeak(report, found))),
          ],
        ],
  )
  return {
    title: 'Products of square matrices, GFLOP/s',
    note: 'The forward pass of affine without a bias; in brackets the part of the peak.',
    rows: [['size', ...fast], ...rows],
  }
}

function peerTable(report: Report): Table {
  const names = report.peers.map(({ name }) => name)
  const rows = rowsOf(report, ...names).map(({ cells, at }) => {
    const own = at(champion)
    return [
      ...cells,
      show(own, ({ time }) => figure(time.min)),
      ...names.map((name) => show(at(name), (peer) => `${over(peer, own)}, ${figure(peer.time.min)} ms`)),
    ]
  })
  return {
    title: `Other libraries: their time over that of ${champion}`,
    note: 'Minimum over minimum; in brackets median over median; and their milliseconds.',
    rows: [['workload', 'pass', `${champion}, ms`, ...names], ...rows],
  }
}

/** One row for each who and why. */
function absentTable({ measurements }: Report): Table {
  const groups = new Map<string, { who: string; why: string; what: Map<string, Pass[]> }>()
  for (const { contender: who, reason: why, workload, pass } of measurements) {
    if (why === null) continue
    const key = `${who} ${why}`
    const group = groups.get(key) ?? { who, why, what: new Map() }
    groups.set(key, group)
    group.what.set(workload, [...(group.what.get(workload) ?? []), pass])
  }
  const rows = [...groups.values()].map(({ who, why, what }) => [
    who,
    [...what].map(([workload, passes]) => `${workload} ${passes.join(', ')}`).join('; '),
    why,
  ])
  return { title: 'Not measured', note: '', rows: [['who', 'what', 'why'], ...rows] }
}

interface Found {
  readonly measurement: Measurement
  readonly time: Time
}

interface Row {
  readonly cells: readonly string[]
  at(contender: string): Found | null
}

/** The passes of workloads that at least one of these was measured in. */
function rowsOf(report: Report, ...names: readonly string[]): Row[] {
  return report.workloads.flatMap((workload) => {
    if (workload.size !== null) return []
    return workload.passes.flatMap((pass): Row[] => {
      const at = (name: string) => find(report, workload, pass, name)
      return names.some(at) ? [{ cells: [`${workload.name} ${workload.title}`, pass], at }] : []
    })
  })
}

function find({ measurements }: Report, workload: WorkloadInfo, pass: Pass, name: string): Found | null {
  const measurement = measurements.find(
    (one) => one.workload === workload.name && one.pass === pass && one.contender === name,
  )
  if (!measurement || measurement.milliseconds.length === 0) return null
  return { measurement, time: timeOf(measurement.milliseconds) }
}

function show(found: Found | null, text: (found: Found) => string): string {
  return found ? text(found) : none
}

function over(slow: Found | null, fast: Found | null): string {
  if (!slow || !fast) return none
  const { min, median } = ratio(slow.time, fast.time)
  return `${figure(min)} (${figure(median)})`
}

function ofPeak({ peaks, contenders }: Report, { measurement, time }: Found): string {
  const { dtype, threads } = contenders.find(({ name }) => name === measurement.contender) ?? {}
  const speed = giga(measurement.cost.flops, time)
  return dtype && threads ? `${figure(speed)} (${percent(speed / peakOf(peaks, dtype, threads))})` : figure(speed)
}

/** Three digits. */
function figure(value: number): string {
  return value >= 99.95 ? value.toFixed() : value.toPrecision(3)
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`
}
