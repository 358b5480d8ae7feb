import { ConfigError } from '@convkit/api'
import type { PeerModule } from '@convkit/bench'
import { loadModule, locate } from 'convkit/internal'

/** Loads other libraries from a module that exports `createPeers`; throws `ConfigError` where there is none. */
export async function loadPeers(module: string, patienceSeconds: number): ReturnType<PeerModule['createPeers']> {
  const exports = await loadModule(await locate(module, process.cwd(), 'peers'))
  if (typeof exports.createPeers !== 'function')
    throw new ConfigError(`peers ${module}: the module must export a function \`createPeers\``)
  return await exports.createPeers({ patienceSeconds })
}
