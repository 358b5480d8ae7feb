import { renderToStaticMarkup } from 'preact-render-to-string'
import { formatSeconds, formatValue } from '../charts/format.js'
import { style } from '../charts/style.js'
import { ChartView, StripView, TableView } from '../charts/views.js'
import type { Figure } from './figure.js'
import { count, type Report, type Tally } from './report.js'
import type { Ran } from './section.js'

/** The notebook as one HTML document that needs nothing else: no script, no request. */
export function renderPage(report: Report): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page report={report} />)}`
}

function Page({ report }: { readonly report: Report }) {
  const { sections, run } = report
  const total = count(sections)
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Convolutional Networks: the notebook, run by convkit</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <header>
          <h1>Convolutional Networks</h1>
          <p>
            The notebook “Convolutional Networks” of Stanford’s course <a href="https://cs231n.github.io/">CS231n</a>{' '}
            (assignment 2), carried out in TypeScript by convkit. Beside every figure stands the one that the notebook
            itself printed, and the check that ours has to pass.
          </p>
          <p class="quiet">
            Backend {run.backend} ({run.description}), training in {run.dtype}, seed {run.seed}
            {run.length === 'quick' ? ', quick run' : ''}.
          </p>
          <p class="summary">
            {total.failed > 0 ? <span class="failed">✗</span> : <span class="passed">✓</span>} {total.passed} of{' '}
            {total.checks} checks passed
            {total.skipped > 0 && `, ${total.skipped} ${total.skipped === 1 ? 'section' : 'sections'} skipped`}
          </p>
          <nav aria-label="Sections">
            <ol class="contents">
              {sections.map((section, i) => (
                <li key={section.id}>
                  <span class="number">{i + 1}</span>
                  <a href={`#${section.id}`}>{section.title}</a>
                  <span class="outcome">
                    <Outcome tally={count([section])} />
                  </span>
                </li>
              ))}
            </ol>
          </nav>
        </header>
        <main>
          {sections.map((section, i) => (
            <SectionView key={section.id} section={section} number={i + 1} />
          ))}
        </main>
        <footer>
          <p>
            The course, its notebook and the printed figures are CS231n’s (Stanford University). Every figure of this
            page is in full precision in <a href="figures.json">figures.json</a>.
          </p>
        </footer>
      </body>
    </html>
  )
}

function Outcome({ tally }: { readonly tally: Tally }) {
  if (tally.failed > 0) return <span class="failed">✗ failed</span>
  if (tally.checks === 0) return <span class="quiet">– {tally.skipped > 0 ? 'skipped' : 'no checks'}</span>
  return <span class="passed">✓ passed</span>
}

function SectionView({ section, number }: { readonly section: Ran; readonly number: number }) {
  const { id, title, text, code, figures, tables = [], charts = [], strips = [], skipped, error } = section
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <span class="number">{number}</span>
        {title}
      </h2>
      {text.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      {skipped && <p class="note">Skipped: {skipped}</p>}
      {error && <p class="note failed">✗ This section did not finish: {error}</p>}
      <pre>
        <code>{code}</code>
      </pre>
      {strips.map((strip) => (
        <StripView key={strip.caption} strip={strip} />
      ))}
      {charts.length > 0 && (
        <div class="side">
          {charts.map((chart) => (
            <ChartView key={chart.title} chart={chart} />
          ))}
        </div>
      )}
      {figures.length > 0 && <Figures title={title} figures={figures} />}
      {tables.map((table) => (
        <TableView key={table.caption} table={table} />
      ))}
      {!skipped && <p class="quiet">Took {formatSeconds(section.seconds)}.</p>}
    </section>
  )
}

function Figures({ title, figures }: { readonly title: string; readonly figures: readonly Figure[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={`Figures: ${title}`}>
      <table>
        <thead>
          <tr>
            {['Figure', 'Here', 'Notebook', 'Check', 'Outcome'].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <tr key={figure.name}>
              <th scope="row">
                {figure.check && (
                  <span class={`narrow ${figure.check.passed ? 'passed' : 'failed'}`} aria-hidden="true">
                    {figure.check.passed ? '✓ ' : '✗ '}
                  </span>
                )}
                {figure.name}
              </th>
              <td class="figure" title={String(figure.value)}>
                {show(figure, figure.value)}
              </td>
              <td class="figure">
                {figure.printed === null ? <span class="quiet">–</span> : show(figure, figure.printed)}
              </td>
              <td class="check">{figure.check?.description ?? <span class="quiet">none: a measured time</span>}</td>
              <td>
                {figure.check === null ? (
                  <span class="quiet">–</span>
                ) : figure.check.passed ? (
                  <span class="passed">✓ passed</span>
                ) : (
                  <span class="failed">✗ failed</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function show({ measured }: Figure, value: Figure['value']): string {
  if (measured === 's' && typeof value === 'number') return formatSeconds(value)
  return `${formatValue(value)}${measured ?? ''}`
}
