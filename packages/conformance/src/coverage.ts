import type { Case } from './core/case.js'

/** How often each value of an attribute was exercised: layer, attribute, value, cases. */
export interface Coverage {
  readonly [layer: string]: { readonly [attribute: string]: { readonly [value: string]: number } }
}

export interface CoverageTally {
  add(c: Case): void
  merge(other: Coverage): void
  result(): Coverage
}

type Counts = Map<string, Map<string, Map<string, number>>>

export function createCoverage(): CoverageTally {
  const counts: Counts = new Map()
  const count = (layer: string, attribute: string, value: string, by = 1) => {
    const attributes = at(counts, layer, () => new Map<string, Map<string, number>>())
    const values = at(attributes, attribute, () => new Map<string, number>())
    values.set(value, (values.get(value) ?? 0) + by)
  }
  return {
    add(c) {
      for (const [attribute, value] of traits(c)) count(c.layer, attribute, value)
    },
    merge(other) {
      for (const [layer, attributes] of Object.entries(other))
        for (const [attribute, values] of Object.entries(attributes))
          for (const [value, by] of Object.entries(values)) count(layer, attribute, value, by)
    },
    result() {
      return record(counts, (attributes) => record(attributes, (values) => record(values, (n) => n)))
    },
  }
}

/** What a reader wants to know of a case: its attributes, and the sizes that kernels stumble over. */
function* traits(c: Case): Iterable<readonly [attribute: string, value: string]> {
  for (const [name, value] of Object.entries(c.attrs)) if (name !== 'seed') yield [name, spell(value)]
  const [name, first] = Object.entries(c.inputs)[0] ?? []
  if (!first) return
  yield [`${name} rank`, `${first.shape.length}`]
  const [batch = 1, channels] = first.shape
  yield ['batch', `${batch}`]
  const tails = channels === undefined ? ([['length', batch]] as const) : tailsOf(c, channels)
  for (const [what, size] of tails) for (const width of [4, 8, 16]) yield [`${what} mod ${width}`, `${size % width}`]
  const [height, width] = first.shape.slice(2)
  if (height !== undefined && width !== undefined)
    yield ['image', height === width ? 'square' : height < width ? 'wide' : 'tall']
  yield ['optional inputs', Object.keys(c.inputs).join(' ')]
}

/** Channels in, and channels or features out where there are weights. */
function tailsOf(c: Case, channels: number): (readonly [string, number])[] {
  const out = c.dy?.shape[1]
  return [['channels', channels], ...(c.inputs.w && out !== undefined ? ([['channels out', out]] as const) : [])]
}

function spell(value: unknown): string {
  if (Array.isArray(value)) return value.map(spell).join(' ')
  return typeof value === 'number' ? String(Number(value.toPrecision(2))) : String(value)
}

function at<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = create()
  map.set(key, made)
  return made
}

/** Keys in the order of their numbers. */
function record<V, R>(map: Map<string, V>, each: (value: V) => R): { readonly [key: string]: R } {
  const entries = [...map].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return Object.fromEntries(entries.map(([key, value]) => [key, each(value)]))
}
