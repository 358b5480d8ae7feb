import { inspect } from 'node:util'
import { shortened } from './number.js'

/** Any value in one line. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return JSON.stringify(shortened(value))
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, compact: true, maxArrayLength: 10 })
}
