import type { Report } from '../report.js'
import { renderTable } from '../tables/table.js'
import { tables } from '../tables/tables.js'
import { machine, seconds, warnings } from './machine.js'

export function terminalText(report: Report): string {
  return [
    machine(report),
    ...warnings(report),
    ...tables(report).map((table) => [table.title, table.note, renderTable(table)].filter(Boolean).join('\n')),
    ...report.failures.map((failure) => `failed: ${failure}`),
    counts(report),
  ].join('\n\n')
}

/** `412 rows measured, 31 not (see Not measured), in 4 min 12 s` */
function counts({ measurements, duration }: Report): string {
  const measured = measurements.filter(({ status }) => status === 'measured').length
  const others = measurements.length - measured
  return `${measured} rows measured, ${others} not${others > 0 ? ' (see “Not measured”)' : ''}, in ${seconds(duration)}`
}
