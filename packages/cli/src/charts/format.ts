import type { FigureValue } from './figureValue.js'

/** Five significant digits; a shape as (49000, 3, 32, 32). The JSON has them all. */
export function formatValue(value: FigureValue): string {
  if (typeof value !== 'number') return value.length === 1 ? `(${value[0]},)` : `(${value.join(', ')})`
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size < 1e-2 || size >= 1e6 ? value.toExponential(4) : String(Number(value.toPrecision(5)))
}

/** A limit as one writes it: 0.9, 1e-8. */
export function formatLimit(limit: number): string {
  return Math.abs(limit) < 1e-2 ? limit.toExponential() : String(limit)
}

export function formatSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`
  if (seconds < 100) return `${seconds.toPrecision(3)} s`
  return seconds < 600 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
