import { isFailure } from '@convkit/conformance'
import type { Finding, HeldLibrary } from './finding.js'
import type { Held, HeldCheck } from './hold.js'

/** What came of a snippet: whether it shows what its finding says. */
export type Shown = ReadonlyMap<string, boolean>

export interface Met {
  readonly finding: Finding
  /** Ids of the checks that failed by it. */
  readonly by: readonly string[]
}

export interface Judgement {
  readonly library: HeldLibrary
  readonly held: Held
  readonly met: readonly Met[]
  /** Failures that no finding explains. */
  readonly unexplained: readonly HeldCheck[]
  /** What is no longer as the findings say. */
  readonly gone: readonly string[]
}

/** `maxPool2d/ties/*` or `maxPool2d/ties`: a pattern may leave out the number type. */
export function matches(pattern: string, id: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}(/float32|/float64|/int32)?$`).test(id)
}

/** `around` are the failures of the library's plain twin. */
export function judge(library: HeldLibrary, held: Held, around: readonly HeldCheck[], shown: Shown): Judgement {
  const failures = held.checks.filter(isFailure)
  const met = library.findings.map((finding) => ({
    finding,
    by: (finding.around ? around : failures).map(({ id }) => id).filter((id) => explains(finding, id)),
  }))
  const own = library.findings.filter((finding) => !finding.around)
  return {
    library,
    held,
    met,
    unexplained: failures.filter(({ id }) => !own.some((finding) => explains(finding, id))),
    gone: met.flatMap((one) => whyGone(one, shown)),
  }
}

function explains({ checks }: Finding, id: string): boolean {
  return checks.some((pattern) => matches(pattern, id))
}

function whyGone({ finding, by }: Met, shown: Shown): string[] {
  const { verdict, says, checks, snippet } = finding
  return [
    ...((checks.length > 0 || verdict === 'fault') && by.length === 0
      ? [`no check fails by it any more: ${says}`]
      : []),
    ...(verdict === 'fault' && !snippet ? [`no snippet shows it: ${says}`] : []),
    ...(snippet && shown.get(snippet) === false ? [`${snippet} does not show it any more: ${says}`] : []),
  ]
}
