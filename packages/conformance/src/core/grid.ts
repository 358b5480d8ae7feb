import type { NdArray } from './case.js'
import type { Unit } from './unit.js'

const double = new Float64Array(1)
const [LOW, HIGH] = [0, 1]
const words = new Uint32Array(double.buffer)
const significand = 52

/** The exponent of the lowest bit that is set in a finite number; Infinity for 0. */
function lowestBit(value: number): number {
  if (value === 0) return Number.POSITIVE_INFINITY
  double[0] = value
  const exponent = Math.max(1, (words[HIGH] >>> 20) & 0x7ff) - 1023 - significand
  if (words[LOW] !== 0) return exponent + trailingZeros(words[LOW])
  const high = words[HIGH] & 0xfffff
  return exponent + (high === 0 ? significand : 32 + trailingZeros(high))
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}

const known = new WeakMap<NdArray['data'], number>()

/**
 * The largest k for which every element is a whole multiple of 2^k: Infinity where all are 0, -Infinity where one is not
 * finite.
 */
export function gridOf({ data }: Pick<NdArray, 'data'>): number {
  const found = known.get(data)
  if (found !== undefined) return found
  let grid = Number.POSITIVE_INFINITY
  for (let i = 0; i < data.length && grid !== Number.NEGATIVE_INFINITY; i++)
    grid = Number.isFinite(data[i]) ? Math.min(grid, lowestBit(data[i])) : Number.NEGATIVE_INFINITY
  known.set(data, grid)
  return grid
}

/** Exponents beyond it may underflow or overflow float32. */
const farthest = 90

/** Products of elements of two arrays are multiples of 2 to this power. */
export function gridOfProducts(a: NdArray, b: NdArray): number {
  return gridOf(a) + gridOf(b)
}

/**
 * Terms that are multiples of 2^grid have an exact sum in any order as long as their magnitudes add up to less than this,
 * 2^grid / u: every partial sum is then a multiple of 2^grid that the significand holds. 0 where nothing is exact.
 */
export function exactBelow(grid: number, { u }: Pick<Unit, 'u'>): number {
  if (grid === Number.POSITIVE_INFINITY) return Number.MAX_VALUE
  return Math.abs(grid) < farthest ? 2 ** (Math.floor(-Math.log2(u)) + grid) : 0
}
