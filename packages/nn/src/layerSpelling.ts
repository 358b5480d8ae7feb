import type { LayerSpec } from './layer.js'
import { createLayer, isLibraryLayer, layerOptions } from './layerCatalog.js'
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

function spellLayer({ kind, options, build }: LayerSpec): string | null {
  if (!options || !isLibraryLayer(kind)) return null
  // A copy may have others.
  if (Object.keys(options).some((name) => !Object.hasOwn(layerOptions[kind], name))) return null
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const text = spell(Object.fromEntries(given))
  // A copy of a library's layer may build another.
  if (text === null || String(createLayer(kind, options).build) !== String(build)) return null
  return text === '{}' ? `${kind}()` : `${kind}(${text})`
}

/** Null for what is no number, text of one word, true, false, list or plain object of these. */
function spell(value: unknown): string | null {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  if (typeof value === 'string') return /^\w+$/.test(value) && value !== 'classes' ? `'${value}'` : null
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) {
    const items = value.map(spell)
    return items.includes(null) ? null : `[${items.join(', ')}]`
  }
  if (String(value) !== '[object Object]') return null
  const given = Object.entries(value).filter(([, option]) => option !== undefined)
  const fields = given.map(([name, option]) => [name, spell(option)] as const)
  if (fields.some(([, text]) => text === null)) return null
  return fields.length === 0 ? '{}' : `{ ${fields.map(([name, text]) => `${name}: ${text}`).join(', ')} }`
}
