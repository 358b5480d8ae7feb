/** Which of several parts of a list fail. */
export type Fail<T> = (parts: readonly (readonly T[])[]) => Promise<readonly boolean[]>

/**
 * A part of a list that still fails and of which nothing more can be left out, as far as patience goes: delta debugging
 * (Zeller and Hildebrandt 2002, ddmin). All of the list is known to fail; so many parts are tried at a time.
 */
export async function minimize<T>(
  list: readonly T[],
  fail: Fail<T>,
  { patient, atOnce }: { patient(): boolean; readonly atOnce: number },
): Promise<readonly T[]> {
  let kept = list
  if (kept.length > 0 && (await first([[]]))) return []
  for (let count = 2; kept.length > 1 && patient(); ) {
    const size = Math.ceil(kept.length / count)
    const cuts = Array.from({ length: Math.ceil(kept.length / size) }, (_, i) => [i * size, (i + 1) * size] as const)
    const piece = await first(cuts.map(([from, to]) => kept.slice(from, to)))
    // With two pieces the rest of one is the other.
    const rest =
      piece || cuts.length === 2 ? null : await first(cuts.map(([from, to]) => kept.toSpliced(from, to - from)))
    if (!piece && !rest && size === 1) return kept
    count = piece ? 2 : rest ? Math.max(2, count - 1) : Math.min(kept.length, 2 * count)
    kept = piece ?? rest ?? kept
  }
  return kept

  async function first(parts: readonly (readonly T[])[]): Promise<readonly T[] | null> {
    for (let from = 0; from < parts.length && patient(); from += atOnce) {
      const some = parts.slice(from, from + atOnce)
      const at = (await fail(some)).indexOf(true)
      if (at !== -1) return some[at]
    }
    return null
  }
}
