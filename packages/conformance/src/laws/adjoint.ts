import type { NdArray } from '../core/case.js'
import { compareNumber } from '../core/compare.js'
import type { Law } from '../core/spec.js'

/**
 * <dy, y> = <da, a> for every input a that y is linear in: the backward pass is the transpose of the forward pass. It
 * needs no reference at all. `bias` names an additive input, whose part of y is taken off.
 */
export function adjoint(pairs: { readonly [input: string]: string }, bias: string | null = null): Law {
  return {
    name: 'adjoint',
    says: `<dy, y> = ${Object.entries(pairs)
      .map(([input, gradient]) => `<${gradient}, ${input}>`)
      .join(' = ')}`,
    async check(subject, c) {
      if (!c.dy) throw new Error(`${c.layer}: the law is of layers with an upstream gradient`)
      const [results, bounds] = [await subject.run(c), await subject.bounds(c)]
      const forward = inner(c.dy, results.y, bounds.y)
      if (bias && c.inputs[bias]) {
        const part = inner(c.inputs[bias], results[`d${bias}`], bounds[`d${bias}`])
        forward.value -= part.value
        forward.slack += part.slack
      }
      for (const [input, gradient] of Object.entries(pairs)) {
        const back = inner(c.inputs[input], results[gradient], bounds[gradient])
        const sides = ['by its backward pass', 'as <dy, y> by its forward pass'] as const
        const values = { expected: forward.value, got: back.value, bound: forward.slack + back.slack }
        compareNumber(
          c,
          { law: 'adjoint', output: `<${gradient}, ${input}>`, index: [], ...values, sides },
          subject.tally,
        )
      }
    },
  }
}

interface Inner {
  value: number
  /** How far the value may be from the true one. */
  slack: number
}

/** sum(a * b) in float64, where each element of b may be wrong by its bound. */
function inner(a: NdArray, b: NdArray, bound: NdArray | undefined): Inner {
  let value = 0
  let slack = 0
  let magnitude = 0
  const { length } = b.data
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.data[i], b.data[i]]
    value += left * right
    // What has no bound says nothing, unless it counts for nothing.
    if (left !== 0) slack += Math.abs(left) * (bound?.data[i] ?? 0)
    magnitude += Math.abs(left * right)
  }
  return { value, slack: slack + (length + 2) * 2 ** -53 * magnitude }
}
