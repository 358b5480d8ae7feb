import type { FloatDType } from '@convkit/api'
import type { Length, Ran } from './section.js'

/** What was run, and how. */
export interface Run {
  readonly backend: string
  readonly description: string
  readonly dtype: FloatDType
  readonly seed: number
  readonly length: Length
}

export interface Report {
  readonly run: Run
  readonly sections: readonly Ran[]
}

export interface Tally {
  readonly checks: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A section that could not finish counts as one failed check. */
export function count(sections: readonly Ran[]): Tally {
  const checks = sections.flatMap(({ figures }) => figures.flatMap(({ check }) => (check ? [check.passed] : [])))
  const errors = sections.filter(({ error }) => error !== undefined).length
  const passed = checks.filter(Boolean).length
  return {
    checks: checks.length + errors,
    passed,
    failed: checks.length + errors - passed,
    skipped: sections.filter(({ skipped }) => skipped !== undefined).length,
  }
}

/** `figures.json`: all but the pictures, in full precision. What the clock measured stands apart, under `times`. */
export function figuresJson({ run, sections }: Report): string {
  const content = {
    ...run,
    ...count(sections),
    sections: sections.map(({ id, title, skipped, error, figures, tables = [], charts = [] }) => ({
      id,
      title,
      skipped: skipped ?? null,
      error: error ?? null,
      figures: figures.filter(({ measured }) => !measured),
      tables,
      charts,
    })),
    times: sections.map(({ id, seconds, figures }) => ({
      id,
      seconds,
      measured: figures
        .filter(({ measured }) => measured)
        .map(({ name, value, measured, printed }) => ({ name, value, unit: measured, printed })),
    })),
  }
  // JSON has no NaN and no infinity; a failed figure must not look like a missing one.
  const spell = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  return `${JSON.stringify(content, spell, 2)}\n`
}
