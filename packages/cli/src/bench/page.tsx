import { alignmentOf, machine, methodText, type Report, seconds, type Table, tables, warnings } from '@convkit/bench'
import { renderToStaticMarkup } from 'preact-render-to-string'
import { lookOf } from '../charts/plot.js'
import { style } from '../charts/style.js'
import type { BenchPlot } from './plots/plot.js'
import { drawPlots } from './plots.js'

/** A report as one HTML document that needs nothing else: no script, no request. */
export function renderBenchPage(report: Report): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page report={report} />)}`
}

const own = `
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0; margin: .4rem 0 .8rem; max-width: none; }
.legend li { display: flex; align-items: center; gap: .5em; }
.swatch { width: .9em; height: .9em; border-radius: .15em; flex: none; }
.wide { overflow-x: auto; }
.wide > .chart { max-width: none; }
td.right, th.right { text-align: right; }
`

function Page({ report }: { readonly report: Report }) {
  const { environment, command, duration, others, contenders, peers, failures } = report
  const plots = drawPlots(report)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>How fast convkit’s backends are</title>
        <style dangerouslySetInnerHTML={{ __html: style + own }} />
      </head>
      <body>
        <header>
          <h1>How fast convkit’s backends are</h1>
          <p>
            Measured by <code>{command}</code>
            {environment.commit && `, commit ${environment.commit}`}, {environment.time.slice(0, 10)}, in{' '}
            {seconds(duration)}.
          </p>
          <p class="quiet">
            {machine(report)}; other programs kept {others.toFixed(2)} processors busy.
          </p>
          {warnings(report).map((warning) => (
            <p key={warning} class="note">
              {warning}
            </p>
          ))}
          {failures.map((failure) => (
            <p key={failure} class="note failed">
              ✗ {failure}
            </p>
          ))}
          <p>{methodText}</p>
        </header>
        <main>
          <TableView
            table={{
              title: 'Who takes part',
              note: '',
              rows: [
                ['name', 'what it is'],
                ...[...contenders, ...peers].map(({ name, description }) => [name, description]),
              ],
            }}
          />
          {plots.map((plot) => (
            <PlotView key={plot.name} plot={plot} />
          ))}
          {tables(report).map((table) => (
            <TableView key={table.title} table={table} />
          ))}
        </main>
      </body>
    </html>
  )
}

function PlotView({ plot }: { readonly plot: BenchPlot }) {
  return (
    <section aria-label={plot.title}>
      <h2>{plot.title}</h2>
      <ul class="legend">
        {plot.legend.map(({ text, look }) => (
          <li key={text}>
            <span class="swatch" style={{ background: lookOf(look).stroke }} />
            {text}
          </li>
        ))}
      </ul>
      <div class="wide" dangerouslySetInnerHTML={{ __html: plot.svg }} />
    </section>
  )
}

function TableView({ table: { title, note, rows } }: { readonly table: Table }) {
  const [head = [], ...body] = rows
  const right = alignmentOf(rows)
  return (
    <section>
      <h2>{title}</h2>
      {note && <p class="quiet">{note}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={title}>
        <table>
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th key={cell} scope="col" class={right[i] ? 'right' : undefined}>
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {body.map((row) => (
              <tr key={row.join()}>
                {row.map((cell, i) => (
                  <td key={head[i]} class={right[i] ? 'figure right' : undefined}>
                    {cell.replaceAll('**', '')}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}
