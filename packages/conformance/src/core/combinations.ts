import { Random } from '@convkit/data'

/**
 * Rows that choose one level of each factor, so that every choice of levels of any three factors stands in some row: a fault
 * seldom needs more conditions at once (Kuhn, Wallace and Gallo 2004, *Software fault interactions and implications for
 * software testing*). Built greedily, as by Cohen et al. 1997 (*The AETG system*); always the same.
 */
export function combinations(levels: readonly number[]): readonly (readonly number[])[] {
  const random = new Random(1)
  const triples = levels.flatMap((_, a) =>
    levels
      .slice(a + 1)
      .flatMap((_, i) => levels.slice(a + i + 2).map((_, j) => [a, a + i + 1, a + i + 2 + j] as const)),
  )
  const keysOf = (row: readonly number[]) =>
    triples.map(([a, b, c], k) => ((k * 64 + row[a]) * 64 + row[b]) * 64 + row[c])
  const open = new Map<number, readonly (readonly [number, number])[]>()
  for (const [k, [a, b, c]] of triples.entries())
    for (let i = 0; i < levels[a]; i++)
      for (let j = 0; j < levels[b]; j++)
        for (let l = 0; l < levels[c]; l++) {
          const chosen = [
            [a, i],
            [b, j],
            [c, l],
          ] as const
          open.set(((k * 64 + i) * 64 + j) * 64 + l, chosen)
        }

  const rows: (readonly number[])[] = []
  while (open.size > 0) {
    const [wanted] = open.values()
    let best: { readonly row: readonly number[]; readonly closes: number } | null = null
    for (let attempt = 0; attempt < 30; attempt++) {
      const row = levels.map((count) => random.integer(count))
      for (const [factor, level] of wanted) row[factor] = level
      const closes = keysOf(row).filter((key) => open.has(key)).length
      if (!best || closes > best.closes) best = { row, closes }
    }
    if (!best) break
    for (const key of keysOf(best.row)) open.delete(key)
    rows.push(best.row)
  }
  return rows
}
