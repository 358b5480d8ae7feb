import type { DType } from '@convkit/api'

/** The largest finite number of a dtype. */
export const largest = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE } as const

/** The shortest text that is this number and no other; unlike `String`, -0 keeps its sign. */
export function spell(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The shortest text among the numbers of a dtype: nine digits tell any two float32 numbers apart. */
export function spellIn(dtype: DType, value: number): string {
  return spell(dtype === 'float32' && Number.isFinite(value) ? Number(value.toPrecision(9)) : value)
}

/** Two numbers, in as many digits as it takes to see that they differ. */
export function spellApart(dtype: DType, a: number, b: number): readonly [string, string] {
  const short = [spellIn(dtype, a), spellIn(dtype, b)] as const
  return short[0] === short[1] ? [spell(a), spell(b)] : short
}
