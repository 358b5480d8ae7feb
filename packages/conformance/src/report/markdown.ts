import type { FloatDType } from '@convkit/api'
import { cellText, dtypesOf, legend, rowsOf, usedColumns } from './cells.js'
import { casesText, checksText, notPassed, unboundedText } from './counts.js'
import { coverageRows } from './coverageText.js'
import { declaredOf } from './declared.js'
import { failureLines } from './failure.js'
import { type Report, summaryLine, withoutKernels } from './report.js'
import { speedColumns, speedText } from './speed.js'
import { unclaimedOf, unclaimedText } from './unclaimed.js'

/** The whole report in GitHub's Markdown. */
export function markdownReport(report: Report): string {
  const { backend, environment, problems } = report
  const dtypes = dtypesOf(report)
  const machine = Object.entries(environment).map(([name, value]) => `${name} ${value}`)
  return `${[
    `# Conformance of ${backend.name}`,
    `${backend.description}${machine.length > 0 ? ` (${machine.join(', ')})` : ''}`,
    `**${summaryLine(report)}**`,
    declaredSection(report),
    ...problems.map((problem) => `- ${problem}`),
    ...dtypes.map((dtype) => `## ${dtype}\n\n${capabilityTable(report, dtype)}`),
    legend(report).join(', '),
    countsSection(report),
    unclaimedSection(report),
    notPassedSection(report),
    ...failureSections(report),
    coverageSection(report),
  ]
    .filter(Boolean)
    .join('\n\n')}\n`
}

function declaredSection(report: Report): string {
  const lines = declaredOf(report).map((line) => `- ${line}`)
  return lines.length > 0 ? `## Declared\n\n${lines.join('\n')}` : ''
}

function capabilityTable(report: Report, dtype: FloatDType): string {
  const rows = rowsOf(report).filter((row) => row.total(dtype).checks.length > 0)
  const used = usedColumns(rows, [dtype])
  const speeds = speedColumns(report)
  return table(
    ['layer', ...used.map(({ name }) => name), ...speeds.map((pass) => `${pass} ×`)],
    rows.map((row) => [
      row.layer,
      ...used.map(({ name }) => cellText(row.cell(name, dtype))),
      ...speeds.map((pass) => speedText(report, row.layer, dtype, pass)),
    ]),
  )
}

function failureSections(report: Report): string[] {
  const results = new Map(report.checks.map((result) => [result.id, result]))
  const sections = report.roots.flatMap(({ id, others }) => {
    const result = results.get(id)
    if (!result) return []
    const lines = failureLines(report, result, others).map(({ label, text }) => `${label.padEnd(5)}  ${text}`)
    return [`### ${result.id}: ${result.status}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``]
  })
  return sections.length > 0 ? ['## Failures', ...sections] : []
}

function countsSection(report: Report): string {
  const lines = [casesText(report), unboundedText(report), report.backend.dtypes.length === 0 ? withoutKernels : null]
  return lines.flatMap((line) => (line === null ? [] : [`- ${line}`])).join('\n')
}

function notPassedSection(report: Report): string {
  const lines = notPassed(report).map(({ line, count }) => `- ${line} (${checksText(count)})`)
  return lines.length > 0 ? `## Missing, refused, skipped\n\n${lines.join('\n')}` : ''
}

function unclaimedSection(report: Report): string {
  const lines = unclaimedOf(report).map((entry) => `- ${unclaimedText(entry)}`)
  return lines.length > 0 ? `## Not claimed\n\n${lines.join('\n')}` : ''
}

function coverageSection(report: Report): string {
  const rows = coverageRows(report).map(({ layer, attribute, values }) => [layer, attribute, values])
  if (rows.length === 0) return ''
  return `## Coverage\n\n<details><summary>Cases by attribute value</summary>\n\n${table(['layer', 'attribute', 'values'], rows)}\n\n</details>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
