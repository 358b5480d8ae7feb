import type { FigureValue } from './figure.js'

/** Five significant digits; a shape as (49000, 3, 32, 32). The JSON has them all. */
export function formatValue(value: FigureValue): string {
  if (typeof value !== 'number') return value.length === 1 ? `(${value[0]},)` : `(${value.join(', ')})`
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size < 1e-3 || size >= 1e6 ? value.toExponential(4) : value.toPrecision(5)
}

export function formatSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(3)} µs`
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(3)} ms`
  if (seconds < 100) return `${seconds.toPrecision(3)} s`
  return `${Math.round(seconds / 60)} min`
}
