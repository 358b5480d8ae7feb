import { pathToFileURL } from 'node:url'
import { ConfigError, ConvkitError } from '@convkit/api'

/** Whatever a module of the user's own exports. */
export type ModuleExports = { readonly [name: string]: unknown }

/** Imports a module by absolute path, TypeScript too. Throws `ConfigError` with the module's own error as `cause`. */
export async function loadModule(path: string): Promise<ModuleExports> {
  const url = pathToFileURL(path).href
  try {
    if (!/\.[mc]?tsx?$/.test(path)) return await import(url)
    // Loaded when it is needed: it takes longer than all else.
    const { createJiti } = await import('jiti')
    return await createJiti(url).import<ModuleExports>(path)
  } catch (error) {
    throw new ConfigError(`${path}: could not be loaded: ${firstLine(error)}`, { cause: error })
  }
}

/** An error in one line; one of ours needs no class name. */
export function firstLine(error: unknown): string {
  const text = error instanceof ConvkitError ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
