import type { Random } from '@convkit/data'
import type { Case } from '../core/case.js'
import { changed, inputOf } from '../core/inputs.js'
import { randomOf } from '../core/sharp.js'
import type { Unit } from '../core/unit.js'
import { map } from '../core/values.js'
import type { Grouping } from './normalization.js'

/** Elements of each group in which dy, or x, is not 0. */
const kept = 48

/** What a row, or the channels of one image, fall into. */
export const stretches = 32

/**
 * A normalising layer's case that shows when parts of a group are left out, however long the group is. Either each of
 * `parts` stretches of a group has a mean of its own, or x is 0 but for some elements, the first and the last among them; and
 * so is dy, which is positive and whole. A part left out is then some per cent of what it is missing from.
 */
export function sharpNorm(c: Case, { group }: Grouping, parts: number, { u }: Pick<Unit, 'u'>): Case {
  const isDouble = u < 2 ** -24
  const held = isDouble ? (value: number) => value : Math.fround
  const coarser = isDouble ? 2 ** 24 : 2 ** 11
  const x = inputOf(c, 'x')
  const random = randomOf(c)
  const groups = 1 + group.reduce((a, b) => Math.max(a, b), 0)
  const size = group.length / groups
  const rank = ranks(group, groups)
  const few = Math.min(1, kept / size)
  const isKept = (i: number) => rank[i] === 0 || rank[i] === size - 1 || random.uniform() < few
  const spiky = random.uniform() < 0.5
  // Such that the variance of a group is about 1.
  const height = Math.sqrt(size / Math.min(size, kept))
  const offsets = Float64Array.from(
    { length: groups * parts },
    () => (random.uniform() < 0.5 ? -1 : 1) * (1 + random.uniform()),
  )
  const spike = () => (random.uniform() < 0.25 ? -1 : 1) * height * (0.5 + random.uniform())
  const noise = random.normal(group.length, 0.25)
  return changed(c, {
    inputs: {
      x: map(x, (_, i) => {
        if (spiky) return isKept(i) ? held(spike()) : 0
        const part = Math.floor((rank[i] * parts) / size)
        return held(offsets[group[i] * parts + part] + noise[i])
      }),
    },
    dy: c.dy && map(c.dy, (_, i) => (isKept(i) ? wholeNumber(random, coarser) : 0)),
  })
}

/** Odd, and some with a bit more than the next coarser format, TF32 or single precision, holds. */
function wholeNumber(random: Random, coarser: number): number {
  return random.uniform() < 0.25 ? coarser + 1 + 2 * random.integer(1024) : 2 * random.integer(4) + 1
}

/** How many elements of its group come before each. */
function ranks(group: Int32Array, groups: number): Int32Array {
  const seen = new Int32Array(groups)
  return group.map((g) => seen[g]++)
}
