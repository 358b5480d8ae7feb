import type { FloatDType } from '@convkit/api'
import type { ComponentChildren } from 'preact'
import { type Cell, type columns, isRight, rowsOf, usedColumns } from './cells.js'
import type { CheckResult, Report } from './report.js'
import { speedColumns, speedText } from './speed.js'

interface Props {
  readonly report: Pick<Report, 'checks' | 'speed'>
  readonly dtype: FloatDType
  /** Default: those that have checks. */
  readonly shown?: typeof columns
  readonly text: (cell: Cell) => ComponentChildren
  /** What a cell says of each of its checks when it is pointed at. */
  readonly titleOf: (check: CheckResult) => string
  /** The caption. */
  readonly children?: ComponentChildren
}

/** A row a layer, a column a kind of law. */
export function CapabilityTable({ report, dtype, shown, text, titleOf, children }: Props) {
  const rows = rowsOf(report).filter((row) => row.total(dtype).checks.length > 0)
  const used = shown ?? usedColumns(rows, [dtype])
  const speeds = speedColumns(report)
  return (
    <table class="capabilities">
      {children}
      <thead>
        <tr>
          <th scope="col">layer</th>
          {used.map(({ name, says }) => (
            <th key={name} scope="col" title={says}>
              <span>{name}</span>
            </th>
          ))}
          {speeds.map((pass) => (
            <th key={pass} scope="col" title={`times as fast as naive, ${pass}`}>
              {pass} ×
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.layer}>
            <th scope="row">{row.layer}</th>
            {used.map(({ name }) => {
              const cell = row.cell(name, dtype)
              return (
                <td key={name} class={lookOf(cell)} title={cell.checks.map(titleOf).join('\n')}>
                  {text(cell)}
                </td>
              )
            })}
            {speeds.map((pass) => (
              <td key={pass}>{speedText(report, row.layer, dtype, pass)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function lookOf(cell: Cell): string {
  if (cell.failed > 0) return 'fail'
  return isRight(cell) ? 'good' : 'quiet'
}
