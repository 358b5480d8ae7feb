import { selectionText } from '../select.js'
import { type CheckResult, type Report, whyNotPassed } from './report.js'

const shown = 12

/** `29120 of 29120 cases ran`, of which checks where not all are, and which checks were asked for where not all were. */
export function casesText({ checks, cases, selection }: Report): string {
  // A failure ends a check.
  const few = checks.filter(({ status, cases, wanted }) => status === 'passed' && wanted !== null && cases < wanted)
  const list = few.slice(0, shown).map(({ id, cases, wanted }) => `${id} ${cases} of ${wanted}`)
  const rest = few.length > shown ? [`${few.length - shown} others`] : []
  const asked = selectionText(selection)
  return [
    `${cases.ran} of ${cases.wanted} cases ran${asked && `, of ${asked}`}`,
    ...(few.length > 0 ? [`fewer than wanted: ${[...list, ...rest].join(', ')}`] : []),
  ].join('; ')
}

/** How many elements had no finite bound, and in which layers; null where all had one. */
export function unboundedText({ checks }: Pick<Report, 'checks'>): string | null {
  const loose = checks.filter(({ elements }) => elements.unbounded > 0)
  if (loose.length === 0) return null
  const sum = (count: (elements: CheckResult['elements']) => number) =>
    checks.reduce((total, { elements }) => total + count(elements), 0)
  const layers = [...new Set(loose.map(({ layer }) => layer))].map(
    (layer) => `${layer} (${checksText(loose.filter((check) => check.layer === layer).length)})`,
  )
  const counts = `${sum(({ unbounded }) => unbounded)} of ${sum(({ compared }) => compared)} elements`
  return `${counts} had no finite bound, and were held to be finite alone: ${layers.join(', ')}`
}

/** What lowers the score without failing the run, with the reasons given: a line for each, and how many checks it is. */
export function notPassed({ checks }: Pick<Report, 'checks'>): { readonly line: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const result of checks.filter(({ status }) => ['missing', 'refused', 'skipped'].includes(status))) {
    // A missing kernel is one reason for many checks.
    const line = `${result.layer} ${result.dtype}: ${result.status === 'missing' ? 'missing' : whyNotPassed(result)}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return [...counts].map(([line, count]) => ({ line, count }))
}

export function checksText(count: number): string {
  return count === 1 ? '1 check' : `${count} checks`
}
