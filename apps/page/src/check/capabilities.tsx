import type { FloatDType } from '@convkit/api'
import { CapabilityTable, type Cell, type CheckResult, cellText, columns, isRight, legend } from '@convkit/conformance'

interface Props {
  readonly title: string
  readonly checks: readonly CheckResult[]
  readonly dtype: FloatDType
}

/** It fills in as checks are done. */
export function Capabilities({ title, checks, dtype }: Props) {
  const report = { checks, speed: [] }
  const marks = legend(report)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={`Capabilities of ${title} in ${dtype}`}>
        <CapabilityTable report={report} dtype={dtype} shown={columns} text={shortened} titleOf={titleOf}>
          <caption>
            <h3>{dtype}</h3>
          </caption>
        </CapabilityTable>
      </section>
      {marks.length > 0 && <p class="small quiet">{marks.join(', ')}</p>}
    </>
  )
}

/** On a narrow screen there is no room for counts. */
function shortened(cell: Cell) {
  if (!isRight(cell) || cell.passed === 1) return cellText(cell)
  return (
    <>
      <span class="broad">{cellText(cell)}</span>
      <span class="narrow">{cell.unclaimed > 0 ? '✓○' : '✓'}</span>
    </>
  )
}

const titleOf = ({ law, status }: CheckResult): string => `${law}: ${status}`
