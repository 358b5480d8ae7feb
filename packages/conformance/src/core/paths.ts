import { ConfigError } from '@convkit/api'

/**
 * Cases by their numbers, as a failure names them: `3`, `0-11`, or a path through smaller cases, `3:0:1`; several with
 * commas between. Throws `ConfigError` for anything else.
 */
export function casesIn(text: string): string[] {
  return text.split(',').flatMap((part) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(part) ?? []
    if (first !== undefined) return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${+first + i}`)
    if (/^\d+(:\d+)*$/.test(part)) return [part]
    throw new ConfigError(`path ${text}: expected cases like 3, 0-11 or 3:0:1, got ${part || 'nothing'}`)
  })
}

/** The shortest text for these cases: runs of neighbours as ranges. */
export function casesText(paths: readonly string[]): string {
  const parts: string[] = []
  for (let i = 0; i < paths.length; ) {
    let end = i
    const isNext = (k: number) => /^\d+$/.test(paths[k]) && paths[k + 1] === `${Number(paths[k]) + 1}`
    while (isNext(end)) end++
    parts.push(end > i ? `${paths[i]}-${paths[end]}` : paths[i])
    i = end + 1
  }
  return parts.join(',')
}
