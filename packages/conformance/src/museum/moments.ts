import type { Data } from '@convkit/api'

/** mean(x^2) - mean(x)^2 in the precision of x, below 0 where rounding has it so. */
export function unclippedMoments(
  x: Data,
  indices: Iterable<number>,
): { readonly mean: number; readonly variance: number } {
  const round = x instanceof Float32Array ? Math.fround : (value: number) => value
  let [sum, squares, count] = [0, 0, 0]
  for (const i of indices) {
    sum = round(sum + x[i])
    squares = round(squares + round(x[i] * x[i]))
    count++
  }
  const mean = round(sum / count)
  return { mean, variance: round(round(squares / count) - round(mean * mean)) }
}
