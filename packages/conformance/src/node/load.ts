import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Backend } from '@convkit/api'
import { backendIn } from '../isolation/answerer.js'
import type { BackendSource } from './protocol.js'

/** Imports a backend's module and makes the backend. Throws `ConfigError` where there is none. */
export async function loadBackend({ module, options }: BackendSource): Promise<Backend> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module
  return await backendIn(await importModule(path), path, options)
}

async function importModule(path: string): Promise<{ readonly [name: string]: unknown }> {
  const url = pathToFileURL(path).href
  if (!/\.[mc]?tsx?$/.test(path)) return await import(url)
  // Loaded when it is needed: it takes longer than all else.
  const { createJiti } = await import('jiti')
  return await createJiti(url).import(path)
}
