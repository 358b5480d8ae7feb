import type { Report } from './report.js'

export interface CoverageRow {
  readonly layer: string
  readonly attribute: string
  /** The values most often exercised, in their own order: `1 × 212, 2 × 96`. */
  readonly values: string
}

const shown = 16

/** Which values of each attribute were exercised, and how often. */
export function coverageRows({ coverage }: Report): CoverageRow[] {
  return Object.entries(coverage).flatMap(([layer, attributes]) =>
    Object.entries(attributes).map(([attribute, values]) => {
      const entries = Object.entries(values)
      const least = entries.map(([, count]) => count).sort((a, b) => b - a)[shown - 1] ?? 0
      const often = entries.filter(([, count]) => count >= least).slice(0, shown)
      const rest = entries.length - often.length
      const text = often.map(([value, count]) => `${value} × ${count}`).join(', ')
      return { layer, attribute, values: rest > 0 ? `${text} and ${rest} more` : text }
    }),
  )
}

/** The same for a terminal: a line an attribute. */
export function coverageText(report: Report): string {
  return coverageRows(report)
    .map(({ layer, attribute, values }) => `${layer} ${attribute}: ${values}`)
    .join('\n')
}
