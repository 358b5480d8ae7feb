import { ConfigError } from '@convkit/api'
import type { LayerSpec } from './layer.js'
import { createLayer, isLibraryLayer, layerOptions } from './layerCatalog.js'

/**
 * One layer a line, spelled as a call in code: `conv2d({ filters: 8, kernel: 3, pad: 'same' })`; `classes` is the
 * number of classes. Read, never run. Throws `ConfigError` with the line's number.
 */
export function parseLayers(text: string, classes: number): LayerSpec[] {
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, code: line.replace(/\/\/.*/, '').trim() }))
  return lines.filter(({ code }) => code !== '').map(({ number, code }) => parseLine(number, code, classes))
}

function parseLine(number: number, code: string, classes: number): LayerSpec {
  const [, name = '', body = ''] = /^(?:layers\.)?(\w+)\((.*)\),?;?$/.exec(code) ?? []
  const fault = (what: string) => new ConfigError(`line ${number}: ${what}`)
  if (name === '') throw fault(`wanted a layer as a call, like relu() or affine({ units: 10 }), got ${code}`)
  if (!isLibraryLayer(name)) throw fault(`there is no layer ${name}; there are ${Object.keys(layerOptions).join(', ')}`)
  const options = parseOptions(body, classes)
  if (!options) throw fault(`wanted options like { filters: 8, kernel: 3 }, got ${body}`)
  try {
    // Options are checked by the layers themselves.
    return createLayer(name, options)
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error))
  }
}

/** The object that the code spells, or null. */
function parseOptions(code: string, classes: number): object | null {
  const json = code
    .replaceAll("'", '"')
    .replaceAll(/\bclasses\b/g, String(classes))
    .replaceAll(/([{,]\s*)(\w+)\s*:/g, '$1"$2":')
    .replaceAll(/,(\s*[}\]])/g, '$1')
  try {
    const value: unknown = JSON.parse(json.trim() || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
