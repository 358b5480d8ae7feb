import { ConfigError } from '@convkit/api'
import { platform } from '#platform'
import type { Provider, ProviderName, ProviderOptions } from './provider.js'

/**
 * A provider of the library's by its name, or the first of those that `auto` tries here; one of your own is what it is.
 * Throws a `ConfigError` that says how to get it where this machine cannot run it, and for an object that is no provider.
 */
export async function openProvider(
  name: ProviderName | 'auto' | Provider,
  options: ProviderOptions = {},
): Promise<Provider> {
  if (typeof name === 'object') return checkProvider(name)
  const { providers, automatic, wasm } = platform
  if (options.wasmUrl !== undefined && (!wasm || name === 'webgl'))
    throw new ConfigError(
      `gpu: wasmUrl says where provider webgpu finds onnxruntime-web in a page; ${wasm ? name : 'Node'} needs none`,
    )
  if (name !== 'auto') {
    const load = Object.hasOwn(providers, name) ? providers[name] : undefined
    if (!load)
      throw new ConfigError(`gpu: unknown provider ${name} (known: auto, ${Object.keys(providers).join(', ')})`)
    return (await load())(options)
  }
  const reasons: string[] = []
  for (const candidate of automatic) {
    try {
      const open = await providers[candidate]?.()
      if (open) return withReasons(await open(options), reasons)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      reasons.push(error.message)
    }
  }
  throw new ConfigError(`gpu: no provider can run here\n${[...new Set(reasons)].join('\n')}`)
}

const members: {
  readonly [K in 'name' | 'description' | 'arithmetic' | 'forms' | 'resident' | 'createSession']: string
} = {
  name: 'string',
  description: 'string',
  arithmetic: 'object',
  forms: 'object',
  resident: 'boolean',
  createSession: 'function',
}

/** Throws a `ConfigError` for what lacks a member of a provider. */
function checkProvider(provider: Provider): Provider {
  const wrong = Object.entries(members).filter(
    ([member, type]) => provider === null || typeof Reflect.get(provider, member) !== type,
  )
  if (wrong.length > 0)
    throw new ConfigError(
      `gpu: what is given as provider is none: ${wrong.map(([member, type]) => `${member} must be a ${type}`).join(', ')}`,
    )
  return provider
}

/** What was taken, and why nothing better. */
function withReasons(provider: Provider, reasons: readonly string[]): Provider {
  if (reasons.length === 0) return provider
  const why = reasons.map((reason) => reason.split('\n')[0].replace('gpu: ', '')).join('; ')
  return { ...provider, description: `${provider.description} (${why})` }
}
