import { markdownTable } from 'markdown-table'

export interface Table {
  readonly title: string
  /** What to know about the figures. */
  readonly note: string
  /** The first is the head. */
  readonly rows: readonly (readonly string[])[]
}

/** Where nothing was measured. */
export const none = '·'

/** As Markdown, which a terminal shows well enough. */
export function renderTable({ rows }: Table): string {
  return markdownTable(
    rows.map((row) => [...row]),
    { align: alignmentOf(rows).map((right) => (right ? 'r' : 'l')) },
  )
}

/** Whether each column holds figures, which stand to the right. */
export function alignmentOf(rows: Table['rows']): boolean[] {
  const [head = [], ...body] = rows
  return head.map((_, column) => body.length > 0 && body.every((row) => /^[\d·]/.test(row[column] ?? '')))
}

/** Three digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return none
  if (value >= 99.95) return value.toFixed()
  return value >= 1e-3 || value === 0 ? value.toPrecision(3) : value.toExponential(1)
}

export function percent(value: number): string {
  return `${Math.round(value * 100)} %`
}
