/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function count(of: number): string {
  return of.toLocaleString('en-US')
}

/** In percent, with as many digits as a small one needs. */
export function share(part: number, whole: number): string {
  if (whole === 0) return ''
  const percent = (100 * part) / whole
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent.toPrecision(2)} %`
}
