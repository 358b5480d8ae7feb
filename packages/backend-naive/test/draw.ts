/** Seeded numbers, uniform in [-1, 1): `draw(seed)` gives a function that draws arrays. */
export function draw(seed: number): (length: number) => Float64Array {
  let state = seed
  // mulberry32
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
  return (length) => Float64Array.from({ length }, next)
}

/** Distinct values in random order, far enough apart that no central difference crosses a tie; none is near 0. */
export function drawDistinct(seed: number, length: number): Float64Array {
  const keys = draw(seed)(length)
  const values = new Float64Array(length)
  const order = Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b])
  for (const [rank, i] of order.entries()) values[i] = (rank - length / 2 + 0.25) / 8
  return values
}
