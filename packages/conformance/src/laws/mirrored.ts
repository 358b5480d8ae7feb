import { compare } from '../core/compare.js'
import { changed, each, inputOf } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'

interface Mirrored {
  readonly name: string
  readonly says: string
  /** Whether y(-x) is added to y(x) or taken from it. */
  readonly sign: 1 | -1
  /** What the two make. */
  readonly both: (x: number) => number
  /** Its slope, which is a constant. */
  readonly slope: number
}

/** What y(x) and y(-x) make together, and so their gradients, which change places in the mirror. */
export function mirrored({ name, says, sign, both, slope }: Mirrored): Law {
  return {
    name,
    says,
    async check(subject, c) {
      const opposite = changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => -value) }) })
      const [here, there] = [await subject.run(c), await subject.run(opposite)]
      const [bound, other] = [await subject.bounds(c), await subject.bounds(opposite)]
      const together = (name: string, sign: number) => map(here[name], (value, i) => value + sign * there[name].data[i])
      const within = (name: string) => map(bound[name], (value, i) => value + other[name].data[i])
      compare(
        `${name}: ${says}`,
        c,
        { y: together('y', sign), ...(c.dy && { dx: together('dx', -sign) }) },
        { y: map(inputOf(c, 'x'), both), ...(c.dy && { dx: map(c.dy, (value) => slope * value) }) },
        { y: within('y'), ...(c.dy && { dx: within('dx') }) },
        subject,
      )
    },
  }
}

/** Of x times a function that adds up to 1 with its mirror image. */
export const halves = mirrored({
  name: 'halves',
  says: 'y(x) - y(-x) = x, and the gradients at x and -x add up to dy',
  sign: -1,
  both: (x) => x,
  slope: 1,
})
