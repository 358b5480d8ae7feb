import type { Peer, PeerModule } from '@convkit/bench'

/** Loaded when asked for: they take a second. */
const peers: { readonly [name: string]: (patienceSeconds: number) => Promise<Peer> } = {
  'tfjs-wasm': async (patienceSeconds) => (await import('./tfjs.js')).createTfjs('wasm', patienceSeconds),
  'tfjs-cpu': async (patienceSeconds) => (await import('./tfjs.js')).createTfjs('cpu', patienceSeconds),
  'onnxruntime-web': async () => (await import('./onnxruntime.js')).createOnnxruntimeWeb(),
  'onnxruntime-node': async () => (await import('./onnxruntime.js')).createOnnxruntimeNode(),
}

export const createPeers: PeerModule['createPeers'] = async ({ patienceSeconds }) => {
  const loaded: Peer[] = []
  const absent: { readonly name: string; readonly reason: string }[] = []
  for (const [name, create] of Object.entries(peers))
    try {
      loaded.push(await create(patienceSeconds))
    } catch (error) {
      absent.push({ name, reason: error instanceof Error ? error.message : String(error) })
    }
  return { peers: loaded, absent }
}
