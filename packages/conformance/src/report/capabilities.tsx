import type { FloatDType } from '@convkit/api'
import { type Cell, cellText, columns, isRight, legend, rowsOf } from './cells.js'
import type { CheckResult, Report } from './report.js'
import { speedColumns, speedText } from './speed.js'

interface Props {
  readonly report: Report
  readonly dtype: FloatDType
}

/** A row a layer, a column a kind of law. */
export function Capabilities({ report, dtype }: Props) {
  const rows = rowsOf(report).filter((row) => row.total(dtype).checks.length > 0)
  const used = columns.filter(({ name }) => rows.some((row) => row.cell(name, dtype).checks.length > 0))
  const speeds = speedColumns(report)
  const marks = legend(report)
  return (
    <section aria-labelledby={dtype}>
      <h2 id={dtype}>{dtype}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              {used.map(({ name, says }) => (
                <th key={name} scope="col" title={says}>
                  {name}
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
                {used.map(({ name }) => (
                  <CellView key={name} cell={row.cell(name, dtype)} />
                ))}
                {speeds.map((pass) => (
                  <td key={pass}>{speedText(report, row.layer, dtype, pass)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {marks.length > 0 && <p class="quiet">{marks.join(', ')}</p>}
    </section>
  )
}

function CellView({ cell }: { readonly cell: Cell }) {
  const look = cell.failed > 0 ? 'fail' : isRight(cell) ? 'good' : 'quiet'
  const title = cell.checks.map(titleOf).join('\n')
  return (
    <td class={look} title={title}>
      {cellText(cell)}
    </td>
  )
}

function titleOf({ law, status, cases, wanted }: CheckResult): string {
  return `${law}: ${status}${wanted === null ? '' : `, ${cases} of ${wanted} cases`}`
}
