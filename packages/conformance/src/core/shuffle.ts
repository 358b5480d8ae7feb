import { Random } from '@convkit/data'

/** An order of `count` things and its inverse, always the same for a count, and never the order they come in. */
export function shuffle(count: number): { order: Int32Array; back: Int32Array } {
  const drawn = new Random(count).permutation(count)
  const order = drawn.every((from, to) => from === to) ? drawn.map((i) => (i + 1) % count) : drawn
  return { order, back: order.map((_, i) => order.indexOf(i)) }
}
