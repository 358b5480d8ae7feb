import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Backend, ConfigError } from '@convkit/api'
import { createJiti } from 'jiti'
import type { BackendSource } from './protocol.js'

/** Imports a backend's module and makes the backend. Throws `ConfigError` where there is none. */
export async function loadBackend({ module, options }: BackendSource): Promise<Backend> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module
  const exports = await importModule(path)
  const made = typeof exports.createBackend === 'function' ? await exports.createBackend(options) : exports.backend
  const backend: unknown = made ?? exports.default
  if (!isBackend(backend))
    throw new ConfigError(`${path}: must export createBackend(options), backend or a default with the four functions`)
  return backend
}

async function importModule(path: string): Promise<{ readonly [name: string]: unknown }> {
  const url = pathToFileURL(path).href
  return /\.[mc]?tsx?$/.test(path) ? await createJiti(url).import(path) : await import(url)
}

function isBackend(value: unknown): value is Backend {
  if (typeof value !== 'object' || value === null) return false
  const wanted = ['alloc', 'free', 'write', 'read'].every((name) => typeof Reflect.get(value, name) === 'function')
  return wanted && 'name' in value && 'kernels' in value
}
