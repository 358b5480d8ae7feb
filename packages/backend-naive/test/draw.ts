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
