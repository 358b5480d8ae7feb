import type { LayerSpec } from './layer.js'
import { createLayer, isLibraryLayer, layerOptions, takesOptions } from './layerCatalog.js'
import { longestLayers } from './modelCard.js'

/**
 * The text from which `parseLayers` makes the same layers; null where one is not the library's, or has no such text, or
 * where all of them are more than a card may hold.
 */
export function spellLayers(specs: readonly LayerSpec[]): string | null {
  const lines = specs.map(spellLayer)
  const text = lines.join('\n')
  return lines.includes(null) || text.length > longestLayers ? null : text
}

function spellLayer({ kind, options, args = options && [options], build }: LayerSpec): string | null {
  if (!args || !isLibraryLayer(kind)) return null
  // A copy may have others.
  if (takesOptions(kind) && Object.keys(Object(args[0])).some((name) => !Object.hasOwn(layerOptions[kind], name)))
    return null
  const spelled = args.map(spell)
  // A copy of a library's layer may build another.
  if (spelled.includes(null) || String(createLayer(kind, args).build) !== String(build)) return null
  return `${kind}(${spelled.filter((text) => text !== '{}').join(', ')})`
}

/** A function gives first values, which whoever reads the text has: it is left out. Null for what is no number, text of one word, true, false, layer, list or plain object of these. */
function spell(value: unknown): string | null {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  if (typeof value === 'string') return /^\w+$/.test(value) ? `'${value}'` : null
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) return spellList(value)
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return null
  const given = Object.entries(value).filter(([, option]) => option !== undefined && typeof option !== 'function')
  const fields = given.map(([name, option]) => [name, spell(option)] as const)
  if (fields.some(([, text]) => text === null)) return null
  return fields.length === 0 ? '{}' : `{ ${fields.map(([name, text]) => `${name}: ${text}`).join(', ')} }`
}

/** Layers are spelled one a line. */
function spellList(values: readonly unknown[]): string | null {
  const items = values.map((value) => (isLayer(value) ? spellLayer(value) : spell(value)))
  if (items.includes(null)) return null
  if (!values.some(isLayer)) return `[${items.join(', ')}]`
  return `[\n${items.join(',\n')},`.replaceAll('\n', '\n  ').concat('\n]')
}

function isLayer(value: unknown): value is LayerSpec {
  return typeof Object(value).build === 'function'
}
