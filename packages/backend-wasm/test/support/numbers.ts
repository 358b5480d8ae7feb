/** Numbers in [-1, 1), the same each time. */
export function numbers(length: number, seed = 1): Float64Array {
  let state = seed
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}
