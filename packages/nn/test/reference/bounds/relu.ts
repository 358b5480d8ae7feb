import { scaled } from './products.js'
import type { Bound } from './rounding.js'

/** Chosen, not computed: exact both ways. */
export const relu: Bound = async (c, evaluate) => {
  const values = await evaluate(c)
  return new Map([...values.keys()].map((name) => [name, scaled(values, name, 0, 0)]))
}
