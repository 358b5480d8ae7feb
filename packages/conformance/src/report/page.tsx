import { renderToStaticMarkup } from 'preact-render-to-string'
import { Capabilities } from './capabilities.js'
import { dtypesOf } from './cells.js'
import { casesText, checksText, notPassed, unboundedText } from './counts.js'
import { coverageRows } from './coverageText.js'
import { declaredOf } from './declared.js'
import { failureLines } from './failure.js'
import { failuresOf, percent, type Report, type Root, seconds, succeeded, withoutKernels } from './report.js'
import { style } from './style.js'
import { unclaimedOf } from './unclaimed.js'

interface Props {
  readonly report: Report
}

/** The report as one HTML document that needs nothing else: no script, no request. */
export function htmlReport(report: Report): string {
  return `<!doctype html>\n${renderToStaticMarkup(<Page report={report} />)}\n`
}

function Page({ report }: Props) {
  const failures = report.roots.length
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`Conformance of ${report.backend.name}`}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <Header report={report} />
        <main>
          <DeclaredView report={report} />
          {dtypesOf(report).map((dtype) => (
            <Capabilities key={dtype} report={report} dtype={dtype} />
          ))}
          {failures > 0 && (
            <section aria-labelledby="failures">
              <h2 id="failures">Failures</h2>
              {report.roots.map((root) => (
                <FailureView key={root.id} report={report} root={root} />
              ))}
            </section>
          )}
          <NotClaimed report={report} />
          <NotPassed report={report} />
          <CoverageView report={report} />
        </main>
        <footer>
          {Object.entries(report.environment).map(([name, value]) => (
            <div key={name}>
              {name} {value}
            </div>
          ))}
          <div>{report.started}</div>
        </footer>
      </body>
    </html>
  )
}

function Header({ report }: Props) {
  const { backend, score, seed, runs, ms, problems } = report
  const failures = failuresOf(report).length
  const unbounded = unboundedText(report)
  return (
    <header>
      <h1>Conformance of {backend.name}</h1>
      <p class="quiet">{backend.description}</p>
      <p class="score">
        <b class={succeeded(report) ? 'good' : 'fail'}>{percent(score.passed, score.claimed)}</b>
        {score.passed} of {score.claimed} {score.unclaimed > 0 && 'claimed '}checks passed
        {score.unclaimed > 0 && (
          <>
            , <a href="#not-claimed">{score.unclaimed} not claimed</a>
          </>
        )}
        {failures > 0 && (
          <>
            , <a href="#failures">{failures} failed</a>
          </>
        )}
      </p>
      <p>
        Every check holds the backend against a law, a derived error bound or another implementation, on random cases:{' '}
        {runs} a check, from seed {seed}, in {seconds(ms)} s. A check without a kernel, one that the backend refuses and
        one on the skip list count against the score; one about what the backend does not claim counts neither way.
      </p>
      <p>{casesText(report)}.</p>
      {unbounded !== null && <p>{unbounded}.</p>}
      {backend.dtypes.length === 0 && <p>{withoutKernels}.</p>}
      {problems.map((problem) => (
        <p key={problem} class="fail">
          {problem}
        </p>
      ))}
    </header>
  )
}

/** What the backend is held to instead of our rules and plain IEEE 754. */
function DeclaredView({ report }: Props) {
  const lines = declaredOf(report)
  if (lines.length === 0) return null
  return (
    <section aria-labelledby="declared">
      <h2 id="declared">Declared</h2>
      <p>What the backend declares of itself, and is held to.</p>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  )
}

function FailureView({ report, root: { id, others } }: Props & { readonly root: Root }) {
  const result = report.checks.find((check) => check.id === id)
  if (!result) return null
  const lines = failureLines(report, result, others)
  return (
    <article class="failure">
      <h3>
        {result.id} <span class="fail">{result.status}</span>
      </h3>
      <dl>
        {lines
          .filter(({ label }) => label !== 'again')
          .flatMap(({ label, text }) => [<dt key={label}>{label}</dt>, <dd key={`${label} text`}>{text}</dd>])}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="again" tabIndex={0}>
        <code>{lines.find(({ label }) => label === 'again')?.text}</code>
      </div>
    </article>
  )
}

/** What the score is without, with the declarations that say so. */
function NotClaimed({ report }: Props) {
  const entries = unclaimedOf(report)
  if (entries.length === 0) return null
  return (
    <section aria-labelledby="not-claimed">
      <h2 id="not-claimed">Not claimed</h2>
      <p>Checks about what the backend's own description of its arithmetic leaves open. They did not run.</p>
      {entries.map(({ reason, checks, laws }) => (
        <div key={reason}>
          <p>
            {checksText(checks)}: {reason}.
          </p>
          <ul>
            {laws.map(({ law, layers }) => (
              <li key={law}>
                {law}: {layers.join(', ')}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

/** What lowers the score without failing the run, with the reasons given. */
function NotPassed({ report }: Props) {
  const entries = notPassed(report)
  if (entries.length === 0) return null
  return (
    <section aria-labelledby="not-passed">
      <h2 id="not-passed">Missing, refused, skipped</h2>
      <p>Checks that the backend has no kernel for, refuses or lists as known to fail.</p>
      <ul>
        {entries.map(({ line, count }) => (
          <li key={line}>
            {line} ({checksText(count)})
          </li>
        ))}
      </ul>
    </section>
  )
}

function CoverageView({ report }: Props) {
  const rows = coverageRows(report)
  const layers = [...new Set(rows.map(({ layer }) => layer))]
  if (layers.length === 0) return null
  return (
    <section aria-labelledby="coverage">
      <h2 id="coverage">Coverage</h2>
      <p>How many cases exercised each value of each attribute, over all checks.</p>
      {layers.map((layer) => (
        <details key={layer}>
          <summary>{layer}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
          <div class="scroll" tabIndex={0}>
            <table class="wide">
              <tbody>
                {rows
                  .filter((row) => row.layer === layer)
                  .map(({ attribute, values }) => (
                    <tr key={attribute}>
                      <th scope="row">{attribute}</th>
                      <td>{values}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </div>
        </details>
      ))}
    </section>
  )
}
