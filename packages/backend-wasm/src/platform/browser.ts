import type { Platform } from './platform.js'

export const platform: Platform = {
  engine: navigator.userAgent,
  processors: navigator.hardwareConcurrency,
  noThreads: globalThis.crossOriginIsolated ? null : 'the page is not cross-origin isolated',
  maySleep: typeof document === 'undefined',

  enableRelaxedSimd() {},

  async compile(url) {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`)
    // Not compileStreaming: it refuses servers that do not know the type of .wasm files.
    return await WebAssembly.compile(await response.arrayBuffer())
  },

  startWorker(data, { ready, ended }) {
    const worker = new Worker(new URL('../../dist/worker/browser.js', import.meta.url), { type: 'module' })
    worker.onmessage = ready
    worker.onerror = (event) => ended(event.message || 'its script did not load')
    worker.postMessage(data)
    return {
      async stop() {
        worker.terminate()
      },
    }
  },
}
