import { ConfigError } from '@convkit/api'
import type { Random } from './random.js'

/**
 * Rows of a data set dealt out to sets of these sizes, in random order: every class in its proportion, and at least once
 * in every set, as far as its rows and the sizes allow; a class with too few rows is in the first sets. Throws
 * `ConfigError` for sizes that are more than there is.
 */
export function stratifiedSplit(labels: ArrayLike<number>, sizes: readonly number[], random: Random): Int32Array[] {
  const n = labels.length
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total > n || !sizes.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new ConfigError(`split: ${n} rows cannot be dealt out to sets of ${sizes.join(' + ')}`)
  const left = new Map<number, number>()
  for (let row = 0; row < n; row++) left.set(labels[row], (left.get(labels[row]) ?? 0) + 1)
  // The last set first, so that each leaves a row of every class to those before it.
  const sets = sizes.toReversed().map((size, i) => {
    const rows: number[] = []
    return { quota: deal(left, size, sizes.length - 1 - i), rows }
  })
  sets.reverse()
  for (const row of random.permutation(n)) {
    const label = labels[row]
    for (const { quota, rows } of sets) {
      const wanted = quota.get(label) ?? 0
      if (wanted === 0) continue
      quota.set(label, wanted - 1)
      rows.push(row)
      break
    }
  }
  return sets.map(({ rows }) => Int32Array.from(rows))
}

/** How many rows of each class a set gets, which are taken off what is `left`; `reserved` of each stay where they can. */
function deal(left: Map<number, number>, size: number, reserved: number): Map<number, number> {
  const n = [...left.values()].reduce((sum, count) => sum + count, 0)
  const possible = [...left.values()].filter((count) => count > reserved).length
  const classes = [...left].map(([label, count]) => {
    const ideal = n === 0 ? 0 : (count * size) / n
    const free = Math.max(count - reserved, 0)
    const least = size >= possible ? Math.min(1, free) : 0
    return { label, count, ideal, free, least, quota: Math.max(least, Math.min(Math.floor(ideal), free)) }
  })
  let missing = size - classes.reduce((sum, { quota }) => sum + quota, 0)
  const greatest = (rows: typeof classes, step: number) =>
    rows.reduce<(typeof classes)[number] | null>(
      (best, row) => (best && step * (best.ideal - best.quota) >= step * (row.ideal - row.quota) ? best : row),
      null,
    )
  for (; missing > 0; missing--) {
    const free = classes.filter(({ quota, free }) => quota < free)
    const chosen = greatest(free.length > 0 ? free : classes.filter(({ quota, count }) => quota < count), 1)
    if (chosen) chosen.quota++
  }
  for (; missing < 0; missing++) {
    const chosen = greatest(
      classes.filter(({ quota, least }) => quota > least),
      -1,
    )
    if (chosen) chosen.quota--
  }
  for (const { label, count, quota } of classes) left.set(label, count - quota)
  return new Map(classes.map(({ label, quota }) => [label, quota]))
}
