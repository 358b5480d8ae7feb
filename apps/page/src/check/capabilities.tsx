import type { FloatDType } from '@convkit/api'
import { type Cell, type CheckResult, cellText, columns, isRight, legend, rowsOf } from '@convkit/conformance'

interface Props {
  readonly title: string
  readonly checks: readonly CheckResult[]
  readonly dtype: FloatDType
}

/** A row a layer, a column a kind of law; it fills in as checks are done. */
export function Capabilities({ title, checks, dtype }: Props) {
  const rows = rowsOf({ checks }).filter((row) => row.total(dtype).checks.length > 0)
  const marks = legend({ checks })
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={`Capabilities of ${title} in ${dtype}`}>
        <table class="capabilities">
          <caption>
            <h3>{dtype}</h3>
          </caption>
          <thead>
            <tr>
              <th scope="col">layer</th>
              {columns.map(({ name, says }) => (
                <th key={name} scope="col" title={says}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.layer}>
                <th scope="row">{row.layer}</th>
                {columns.map(({ name }) => (
                  <CellView key={name} cell={row.cell(name, dtype)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {marks.length > 0 && <p class="small quiet">{marks.join(', ')}</p>}
    </>
  )
}

function CellView({ cell }: { readonly cell: Cell }) {
  const all = isRight(cell)
  const look = cell.failed > 0 ? 'fail' : all ? 'good' : 'quiet'
  return (
    <td class={look} title={cell.checks.map(({ law, status }) => `${law}: ${status}`).join('\n')}>
      {all && cell.passed > 1 ? (
        <>
          <span class="broad">{cellText(cell)}</span>
          <span class="narrow">{cell.unclaimed > 0 ? '✓○' : '✓'}</span>
        </>
      ) : (
        cellText(cell)
      )}
    </td>
  )
}
