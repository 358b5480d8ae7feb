import type { Data } from '@convkit/api'

/** As many zeros, of the same kind. */
export function zerosLike(array: Data, length = array.length): Data {
  if (array instanceof Float32Array) return new Float32Array(length)
  return array instanceof Float64Array ? new Float64Array(length) : new Int32Array(length)
}

/** A copy with each element changed. */
export function mapped(array: Data, change: (value: number, index: number) => number): Data {
  const copy = array.slice()
  for (let i = 0; i < copy.length; i++) copy[i] = change(copy[i], i)
  return copy
}

/** `run` as if it never wrote the elements of `output` that `skipped` picks: they keep what the memory held. */
export function unwritten(output: Data, skipped: (index: number) => boolean, run: () => void): void {
  const before = output.slice()
  run()
  for (let i = 0; i < output.length; i++) if (skipped(i)) output[i] = before[i]
}

/** `run` as if it added to `output` instead of overwriting it. */
export function accumulated(output: Data, run: () => void): void {
  const before = output.slice()
  run()
  for (let i = 0; i < output.length; i++) output[i] += before[i]
}

/** Whether an index lies behind the last whole vector, block or thread's share of `width` elements. */
export function inTail(length: number, width: number): (index: number) => boolean {
  return (index) => index >= length - (length % width)
}

/** A value rounded to `bits` of significand: 11 for TF32 and float16, 8 for bfloat16 (Veltkamp's splitting). */
export function rounded(value: number, bits: number): number {
  if (!Number.isFinite(value)) return value
  const scaled = value * (2 ** (53 - bits) + 1)
  return Number.isFinite(scaled) ? scaled - (scaled - value) : value
}

/** What `value > 0` makes of NaN, unlike a maximum. */
export function positiveOrZero(value: number): number {
  if (value > 0) return value
  return 0
}
