import type { Report } from './report.js'

/** Numbers keep every bit; JSON has no NaN, infinities or -0, so those are spelled as strings. */
export function jsonReport(report: Report): string {
  return `${JSON.stringify(report, spell, 2)}\n`
}

function spell(_: string, value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : spellNumber(value)
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array | Int32Array)
  return value
}

function spellNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
