import type { Report } from '../report.js'
import { baselineOf, entrantsOf, type Found, type Row, ratioCell, rowsOf, timeCell } from './rows.js'
import { none, type Table } from './table.js'

/** One curve: the cost of one pass as one length grows. */
export interface Curve {
  readonly title: string
  readonly over: string
  readonly rows: readonly Row[]
}

export function curvesOf(report: Report): Curve[] {
  const curves = new Map<string, { title: string; over: string; rows: Row[] }>()
  const names = report.contenders.map(({ name }) => name)
  for (const row of rowsOf(report, ['scaling'], names)) {
    const { point } = row.workload
    if (!point) continue
    const key = `${point.curve} ${row.pass}`
    const curve = curves.get(key) ?? { title: `${point.title}, ${row.pass}`, over: point.over, rows: [] }
    curve.rows.push(row)
    curves.set(key, curve)
  }
  return [...curves.values()]
}

export function scalingTables(report: Report): Table[] {
  const [naive, names] = [baselineOf(report), entrantsOf(report).map(({ name }) => name)]
  return curvesOf(report).map(({ title, over, rows }) => ({
    title: `Scaling: ${title}`,
    note: 'Milliseconds a call for naive, and times as fast as it.',
    rows: [
      [over, `${naive}, ms`, ...names],
      ...rows.map(({ workload, at }) => [
        String(workload.point?.at),
        timeCell(at(naive)),
        ...names.map((name) => ratioCell(at(naive), at(name))),
      ]),
    ],
  }))
}

/** From where on each contender is faster than the baseline. */
export function overtakeTable(report: Report): Table {
  const [naive, names] = [baselineOf(report), entrantsOf(report).map(({ name }) => name)]
  const rows = curvesOf(report).map(({ title, over, rows }) => [
    title,
    ...names.map((name) => {
      const measured = rows.filter(({ at }) => at(name) && at(naive))
      if (measured.length === 0) return none
      const last = measured.findLastIndex(({ at }) => !isFaster(at(name), at(naive)))
      const from = measured[last + 1]?.workload.point?.at
      if (from === undefined) return 'nowhere'
      return last === -1 ? `everywhere (${over} ≥ ${from})` : `${over} ≥ ${from}`
    }),
  ])
  return {
    title: 'Where a backend overtakes naive',
    note: 'From this length on its interval lies below that of naive, at every length that was measured.',
    rows: [['curve', ...names], ...rows],
  }
}

function isFaster(a: Found | null, b: Found | null): boolean {
  return a !== null && b !== null && a.time.high < b.time.low
}
