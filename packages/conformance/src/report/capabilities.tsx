import type { FloatDType } from '@convkit/api'
import { CapabilityTable } from './capabilityTable.js'
import { cellText, legend } from './cells.js'
import type { CheckResult, Report } from './report.js'

interface Props {
  readonly report: Report
  readonly dtype: FloatDType
}

export function Capabilities({ report, dtype }: Props) {
  const marks = legend(report)
  return (
    <section aria-labelledby={dtype}>
      <h2 id={dtype}>{dtype}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="scroll" tabIndex={0}>
        <CapabilityTable report={report} dtype={dtype} text={cellText} titleOf={titleOf} />
      </div>
      {marks.length > 0 && <p class="quiet">{marks.join(', ')}</p>}
    </section>
  )
}

function titleOf({ law, status, cases, wanted }: CheckResult): string {
  return `${law}: ${status}${wanted === null ? '' : `, ${cases} of ${wanted} cases`}`
}
