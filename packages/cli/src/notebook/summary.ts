import colors from 'picocolors'
import { formatSeconds, formatValue } from '../charts/format.js'
import { count, type Report } from './report.js'
import type { Ran } from './section.js'

/** One line of the terminal's table, and one for each check that failed. */
export function sectionLines(section: Ran, number: number, titleWidth: number): string[] {
  const { checks, passed, failed } = count([section])
  const outcome = failed > 0 ? colors.red('FAILED') : checks === 0 && section.skipped ? colors.dim('skipped') : 'ok'
  const cells = [
    String(number).padStart(2),
    section.title.padEnd(titleWidth),
    (checks > 0 ? `${passed}/${checks}` : '').padStart(5),
    formatSeconds(section.seconds).padStart(8),
    outcome,
  ]
  return [
    cells.join('  '),
    ...(section.error === undefined ? [] : [colors.red(`    ${section.error}`)]),
    ...section.figures.flatMap(({ name, value, check }) =>
      check && !check.passed ? [colors.red(`    ${name}: ${formatValue(value)}, wanted ${check.description}`)] : [],
    ),
  ]
}

/** The page's path, and how many checks passed. */
export function summaryLines(page: string, { sections }: Report): string[] {
  const { checks, passed, failed, skipped } = count(sections)
  const left = skipped > 0 ? `, ${skipped} of ${sections.length} sections skipped` : ''
  const summary = `${passed} of ${checks} checks passed${left}`
  return ['', page, failed > 0 ? colors.red(summary) : colors.green(summary)]
}
