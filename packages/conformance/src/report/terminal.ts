import pico from 'picocolors'
import type { Origin } from './again.js'
import { type Cell, cellText, dtypesOf, isRight, legend, rowsOf, usedColumns } from './cells.js'
import { casesText, checksText, notPassed, unboundedText } from './counts.js'
import { declaredOf } from './declared.js'
import { failureLines } from './failure.js'
import { type CheckResult, type Report, succeeded, summaryLine, withoutKernels } from './report.js'
import { speedColumns, speedText } from './speed.js'
import { unclaimedOf, unclaimedText } from './unclaimed.js'

type Colors = ReturnType<typeof pico.createColors>

interface Item {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** The whole report for a terminal of 120 columns; its last line is the summary. */
export function terminalReport(report: Report, colors: Colors = pico): string {
  const { backend, problems, roots } = report
  const results = new Map(report.checks.map((result) => [result.id, result]))
  const telling = roots.slice(0, few).flatMap(({ id, others }) => {
    const result = results.get(id)
    return result ? ['', ...failureText(report, result, colors, others)] : []
  })
  const rest = roots.slice(few).flatMap(({ id, others }) => {
    const result = results.get(id)
    const more = others.length > 0 ? ` (and ${checksText(others.length)} more)` : ''
    return result ? [`${colors.red(id)} ${result.status}: ${result.failure?.message}${more}`] : []
  })
  const unbounded = unboundedText(report)
  const declined = notPassed(report).filter(({ line }) => !line.endsWith(': missing'))
  const dtypes = dtypesOf(report)
  const notes = [
    ...(report.speed.length > 0 ? ['×: times as fast as naive'] : []),
    ...(dtypes.length > 1 ? [`in each column: ${dtypes.join(', ')}`] : []),
    ...legend(report),
  ]
  const summary = summaryLine(report)
  return [
    `${colors.bold(backend.name)} ${colors.dim(backend.description)}`,
    ...declaredOf(report).flatMap((line) => wrapped(`declared: ${line}`)),
    '',
    ...tableLines(report, colors),
    ...(notes.length > 0 ? ['', ...wrapped(notes.join('   ')).map((line) => colors.dim(line))] : []),
    ...unclaimedOf(report).flatMap((entry) => ['', ...wrapped(unclaimedText(entry))]),
    ...(declined.length > 0 ? [''] : []),
    ...declined.flatMap(({ line, count }) => wrapped(`${line} (${checksText(count)})`)),
    ...telling,
    ...(rest.length > 0 ? ['', 'and, in full with --json, --markdown or --html:', ...rest] : []),
    ...(problems.length > 0 ? ['', ...problems.map((problem) => colors.red(problem))] : []),
    '',
    ...(backend.dtypes.length === 0 ? [withoutKernels] : []),
    ...(unbounded === null ? [] : wrapped(unbounded)),
    ...wrapped(casesText(report)),
    succeeded(report) ? colors.green(summary) : colors.red(summary),
  ].join('\n')
}

const width = 120
/** A backend that is all wrong would fill many screens. */
const few = 12

/** Lines of whole words, the later ones indented. */
function wrapped(text: string, width = 120): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width) {
      lines.push(line)
      line = ' '
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}

/** One failure in a few lines. */
export function failureText(
  origin: Origin,
  result: CheckResult,
  colors: Colors = pico,
  others: readonly string[] = [],
): string[] {
  const lines = failureLines(origin, result, others).map(({ label, text }) => {
    const whole = label === 'also' ? wrapped(text, width - 9).join('\n') : text
    const indented = whole.replaceAll('\n', `\n${' '.repeat(9)}`)
    return `  ${colors.dim(label.padEnd(5))}  ${label === 'again' ? colors.bold(indented) : indented}`
  })
  return [`${colors.red(`${result.id} ${result.status}`)}`, ...lines]
}

function tableLines(report: Report, colors: Colors): string[] {
  const dtypes = dtypesOf(report)
  const rows = rowsOf(report)
  const parts: TableColumn[] = [
    { title: '', cells: rows.map(({ layer }) => [{ text: layer }]) },
    ...usedColumns(rows, dtypes).map(({ name, short }) => ({
      title: short,
      cells: rows.map((row) => dtypes.map((dtype) => item(row.cell(name, dtype), colors))),
    })),
    ...speedColumns(report).map((pass) => ({
      title: `${pass === 'forward' ? 'fwd' : 'bwd'} ×`,
      cells: rows.map((row) => dtypes.map((dtype) => ({ text: speedText(report, row.layer, dtype, pass) }))),
    })),
  ]
  const lines = parts.map((column) => columnLines(column, colors))
  return Array.from({ length: rows.length + 1 }, (_, i) =>
    lines
      .map((column) => column[i])
      .join('  ')
      .trimEnd(),
  )
}

interface TableColumn {
  readonly title: string
  /** A row each: one item a dtype. */
  readonly cells: readonly (readonly Item[])[]
}

/** A column's lines, all of one width on the screen; the items of a dtype stand under one another. */
function columnLines({ title, cells }: TableColumn, colors: Colors): string[] {
  const widths = (cells[0] ?? []).map((_, k) => Math.max(...cells.map((items) => items[k].text.length)))
  const inner = widths.reduce((sum, width) => sum + width + 1, -1)
  const rest = ' '.repeat(Math.max(0, title.length - inner))
  const body = cells.map((items) => {
    const texts = items.map(({ text, paint = String }, k) => paint(text.padEnd(widths[k])))
    return texts.join(' ') + rest
  })
  return [colors.bold(title.padEnd(inner)), ...body]
}

function item(cell: Cell, colors: Colors): Item {
  const others = cell.checks.length > 0 ? colors.yellow : colors.dim
  return { text: cellText(cell), paint: cell.failed > 0 ? colors.red : isRight(cell) ? colors.green : others }
}
