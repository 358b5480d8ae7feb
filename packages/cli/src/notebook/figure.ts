import type { Chart, Strip, Table } from '../charts/content.js'
import type { FigureValue } from '../charts/figureValue.js'
import { formatLimit } from '../charts/format.js'

/** What a figure must satisfy, in words, and whether it did. */
export interface Check {
  readonly description: string
  readonly passed: boolean
}

/** One number, or one shape, of the notebook. */
export interface Figure {
  readonly name: string
  readonly value: FigureValue
  /** What the notebook itself printed; null where it printed no such number. */
  readonly printed: FigureValue | null
  /** Null for a time, which nothing is asked of. */
  readonly check: Check | null
  /** A wall-clock measurement in this unit: all that may differ between two runs of one seed. */
  readonly measured?: 's' | '×'
}

export interface Results {
  readonly figures: readonly Figure[]
  readonly tables?: readonly Table[]
  readonly charts?: readonly Chart[]
  readonly strips?: readonly Strip[]
  /** Why the section, or its main part, was left out. */
  readonly skipped?: string
}

type Printed = FigureValue | null

export function passes(
  name: string,
  value: FigureValue,
  description: string,
  passed: boolean,
  printed: Printed = null,
) {
  return { name, value, printed, check: { description, passed } } satisfies Figure
}

/** A NaN passes neither this nor the next. */
export function atMost(name: string, value: number, limit: number, printed: Printed = null): Figure {
  return passes(name, value, `at most ${formatLimit(limit)}`, value <= limit, printed)
}

export function atLeast(name: string, value: number, limit: number, printed: Printed = null): Figure {
  return passes(name, value, `at least ${formatLimit(limit)}`, value >= limit, printed)
}

/** |value - target| <= distance. */
export function within(name: string, value: number, distance: number, target: number, targetName: string): Figure {
  return passes(name, value, `within ${distance} of ${targetName}`, Math.abs(value - target) <= distance)
}

/** The same number as the notebook printed, to this relative distance. */
export function reproduces(name: string, value: number, printed: number): Figure {
  const passed = Math.abs(value - printed) <= 1e-4 * Math.abs(printed)
  return passes(name, value, 'the printed value to 4 digits', passed, printed)
}

export function sameShape(name: string, value: readonly number[], printed: readonly number[]): Figure {
  const passed = value.length === printed.length && value.every((length, axis) => length === printed[axis])
  return passes(name, value, 'the printed shape', passed, printed)
}

export function measured(name: string, value: number, unit: 's' | '×', printed: Printed = null): Figure {
  return { name, value, printed, check: null, measured: unit }
}
