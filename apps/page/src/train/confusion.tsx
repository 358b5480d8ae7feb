import type { Evaluation, RunInfo } from './events.js'

/** Larger tables say nothing. */
const most = 12

export function Confusion({ run, look }: { readonly run: RunInfo; readonly look: Evaluation }) {
  const { classNames } = run
  const { confusion, accuracy, images } = look
  if (classNames.length > most) return null
  return (
    <section aria-labelledby="confusion">
      <h2 id="confusion">Confusion matrix</h2>
      <p class="small quiet">
        {images} validation images by what they are (rows) and what the network takes them for (columns).{' '}
        {(100 * accuracy).toFixed(1)} % are on the diagonal.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of true and predicted classes">
        <table class="confusion">
          <thead>
            <tr>
              <td />
              {classNames.map((name) => (
                <th key={name} scope="col">
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classNames.map((name, row) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {classNames.map((other, column) => (
                  <CountCell key={other} counts={confusion[row] ?? []} column={column} right={row === column} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

interface CellProps {
  readonly counts: readonly number[]
  readonly column: number
  readonly right: boolean
}

function CountCell({ counts, column, right }: CellProps) {
  const count = counts[column] ?? 0
  const share =
    count /
    Math.max(
      1,
      counts.reduce((a, b) => a + b, 0),
    )
  return (
    <td class={right ? 'right' : 'wrong'} style={{ '--share': `${Math.round(100 * share)}%` }}>
      {count || ''}
    </td>
  )
}
