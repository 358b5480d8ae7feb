/** The unevaluated sum of two float64 numbers, of which the low one is at most half an ulp of the high one: some 104 bits. */
export interface DoubleDouble {
  readonly high: number
  readonly low: number
}

const log2: DoubleDouble = { high: Math.LN2, low: 2.3190468138462996e-17 }

/** a + b and what rounding takes off it (Knuth's two-sum). */
export function twoSum(a: number, b: number): DoubleDouble {
  const high = a + b
  const part = high - a
  return { high, low: a - (high - part) + (b - part) }
}

/** a * b and what rounding takes off it (Dekker 1971). */
export function twoProduct(a: number, b: number): DoubleDouble {
  const high = a * b
  const [[a1, a2], [b1, b2]] = [split(a), split(b)]
  return { high, low: a2 * b2 - (high - a1 * b1 - a2 * b1 - a1 * b2) }
}

function split(value: number): [number, number] {
  const scaled = value * (2 ** 27 + 1)
  const high = scaled - (scaled - value)
  return [high, value - high]
}

export const exactly = (value: number): DoubleDouble => ({ high: value, low: 0 })

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const { high, low } = twoSum(a.high, b.high)
  return twoSum(high, low + a.low + b.low)
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const { high, low } = twoProduct(a.high, b.high)
  return twoSum(high, low + a.high * b.low + a.low * b.high)
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const quotient = exactly(a.high / b.high)
  const rest = add(a, multiply({ high: -quotient.high, low: 0 }, b))
  return add(quotient, exactly(rest.high / b.high))
}

/** Heron's step from the root in float64. */
export function sqrt(a: DoubleDouble): DoubleDouble {
  const root = exactly(Math.sqrt(a.high))
  const rest = add(a, multiply({ high: -root.high, low: 0 }, root))
  return add(root, exactly(rest.high / (2 * root.high)))
}

/** exp(x) = 2^k exp(r / 256)^256 with |r| at most log(2) / 2; eleven terms of Taylor's series are off by less than 2^-120. */
export function exp(x: number): DoubleDouble {
  const k = Math.round(x / log2.high)
  const r = add(exactly(x), multiply(exactly(-k), log2))
  const small: DoubleDouble = { high: r.high / 256, low: r.low / 256 }
  let sum = exactly(1)
  for (let n = 11; n > 0; n--) sum = add(exactly(1), divide(multiply(sum, small), exactly(n)))
  for (let i = 0; i < 8; i++) sum = multiply(sum, sum)
  return { high: sum.high * 2 ** k, low: sum.low * 2 ** k }
}

/** Newton's step from the logarithm in float64: y + (x exp(-y) - 1), which squares its error. */
export function log(x: DoubleDouble): DoubleDouble {
  const y = Math.log(x.high)
  return add(exactly(y), add(multiply(x, exp(-y)), exactly(-1)))
}
