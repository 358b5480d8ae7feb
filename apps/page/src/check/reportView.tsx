import {
  type CheckResult,
  casesText,
  checksText,
  dtypesOf,
  failureLines,
  failuresOf,
  jsonReport,
  notPassed,
  percent,
  type Report,
  rootsOf,
  type Score,
  scoreOf,
  unclaimedOf,
} from '@convkit/conformance'
import { useMemo, useState } from 'preact/hooks'
import { download } from '../ui/download.js'
import { Capabilities } from './capabilities.js'
import type { CheckRun } from './useCheck.js'

/** `alone`: no other backend is on the page. */
export function ReportView({ run, alone }: { readonly run: CheckRun; readonly alone: boolean }) {
  const { backend, results, total, state, report, problem, title } = run
  const failures = failuresOf({ checks: results })
  const score = scoreOf(results)
  const { passed } = score
  const id = idOf(run)
  return (
    <section class="report" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="small quiet">{backend?.description.replace(/, Mozilla\/.*$/, '')}</p>
      {problem && (
        <p class="fail" role="alert">
          {problem}
        </p>
      )}
      {!problem && (
        <div class="status">
          <p class="score">
            <b class={failures.length > 0 ? 'fail' : 'good'}>
              {report ? percent(score.passed, score.claimed) : passed}
            </b>{' '}
            {report ? countsOf(report.score) : `of ${total || '…'} checks passed so far`}
            {failures.length > 0 && `, ${failures.length} failed`}
          </p>
          {state === 'running' && (
            <>
              <progress aria-label={`Checks of ${title}`} value={results.length} max={Math.max(total, 1)} />
              <p class="small quiet current">{run.current}</p>
            </>
          )}
          <p class="visually-hidden" role="status">
            {says(run, failures.length)}
          </p>
        </div>
      )}
      {report && <p class="small quiet">{casesText(report)}</p>}
      {report && <ReportFiles report={report} />}
      {results.length > 0 && (
        <details class="spaced" open={alone || state === 'running' || failures.length > 0}>
          <summary>Layer by layer</summary>
          {dtypesOf({ checks: results }).map((dtype) => (
            <Capabilities key={dtype} title={title} checks={results} dtype={dtype} />
          ))}
        </details>
      )}
      {failures.length > 0 && <Failures run={run} failures={failures} />}
      {report && <NotClaimed report={report} />}
      {report && <NotPassed checks={report.checks} />}
    </section>
  )
}

/** The score of each backend, where there are several. */
export function Summary({ runs }: { readonly runs: readonly CheckRun[] }) {
  return (
    <section class="scroll summary" aria-labelledby="summary">
      <h2 id="summary" class="visually-hidden">
        Scores
      </h2>
      <table>
        <tbody>
          {runs.map((run) => (
            <SummaryRow key={run.title} run={run} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function SummaryRow({ run }: { readonly run: CheckRun }) {
  const { title, state, results, total, report, problem } = run
  const failed = failuresOf({ checks: results }).length
  const { passed, claimed, unclaimed } = scoreOf(results)
  const counts = report ? `${passed} of ${claimed}` : `${results.length} of ${total || '…'}`
  const shown = { waiting: 'waiting', running: counts, stopped: `${counts}, stopped`, done: counts }
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link" onClick={() => document.getElementById(idOf(run))?.scrollIntoView()}>
          {title}
        </button>
      </th>
      <td class={failed > 0 || problem ? 'fail value' : 'good value'}>
        <b>{report ? percent(passed, claimed) : problem ? 'did not run' : ''}</b>
      </td>
      <td class="quiet">{problem ? '' : shown[state]}</td>
      <td class="quiet">{unclaimed > 0 ? `○ ${unclaimed} not claimed` : ''}</td>
      <td class="fail">{failed > 0 ? `✗ ${failed} failed` : ''}</td>
    </tr>
  )
}

const idOf = ({ title }: CheckRun): string => `report-${title.replaceAll(/\W+/g, '-')}`

function says({ state, title, report }: CheckRun, failures: number): string {
  if (state === 'stopped') return `${title}: stopped`
  if (!report) return ''
  return `${title}: ${countsOf(report.score)}, ${failures} failed`
}

function countsOf({ passed, claimed, unclaimed }: Score): string {
  return unclaimed === 0
    ? `${passed} of ${claimed} checks passed`
    : `${passed} of ${claimed} claimed checks passed, ${unclaimed} not claimed`
}

function ReportFiles({ report }: { readonly report: Report }) {
  const [copied, setCopied] = useState(false)
  return (
    <p class="buttons">
      <button
        type="button"
        onClick={() => download(`conformance-${report.backend.name}.json`, jsonReport(report), 'application/json')}
      >
        Download the report
      </button>
      <button
        type="button"
        onClick={() => void navigator.clipboard.writeText(jsonReport(report)).then(() => setCopied(true))}
      >
        {copied ? 'Copied' : 'Copy as JSON'}
      </button>
    </p>
  )
}

/** A backend that is all wrong would fill many screens. */
const few = 12

function Failures({ run, failures }: { readonly run: CheckRun; readonly failures: readonly CheckResult[] }) {
  const [all, setAll] = useState(false)
  const roots = useMemo(() => rootsOf(failures), [failures])
  const shown = all ? roots : roots.slice(0, few)
  const { report, title } = run
  const origin = report ?? { command: `npx convkit conformance ${title}`, seed: 231 }
  return (
    <>
      <h3 class="spaced">What is wrong</h3>
      {shown.map(({ id, others }) =>
        failures
          .filter((result) => result.id === id)
          .map((result) => (
            <article key={id} class="failure">
              <h4>
                {id} <span class="fail">{result.status}</span>
              </h4>
              <dl>
                {failureLines(origin, result, others).flatMap(({ label, text }) => [
                  <dt key={label}>{label}</dt>,
                  <dd key={`${label} text`}>{text}</dd>,
                ])}
              </dl>
            </article>
          )),
      )}
      {shown.length < roots.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {roots.length}
        </button>
      )}
    </>
  )
}

/** What the score is without. */
function NotClaimed({ report }: { readonly report: Report }) {
  const entries = unclaimedOf(report)
  if (entries.length === 0) return null
  return (
    <details class="spaced">
      <summary>Not claimed: {checksText(report.score.unclaimed)}</summary>
      {entries.map(({ reason, checks, laws }) => (
        <div key={reason} class="small">
          <p>
            {checksText(checks)} did not run: {reason}.
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
    </details>
  )
}

/** What lowers the score without being wrong. */
function NotPassed({ checks }: Pick<Report, 'checks'>) {
  const entries = notPassed({ checks })
  if (entries.length === 0) return null
  return (
    <details class="spaced">
      <summary>Missing or refused: {checksText(entries.reduce((sum, { count }) => sum + count, 0))}</summary>
      <ul class="small">
        {entries.map(({ line, count }) => (
          <li key={line}>
            {line} ({checksText(count)})
          </li>
        ))}
      </ul>
    </details>
  )
}
