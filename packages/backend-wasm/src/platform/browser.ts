import type { Platform } from './platform.js'

const { navigator, crossOriginIsolated }: Partial<typeof globalThis> = globalThis

export const platform: Platform = {
  engine: navigator?.userAgent ?? 'unknown engine',
  processors: navigator?.hardwareConcurrency || 1,
  noThreads: crossOriginIsolated ? null : 'the page is not cross-origin isolated',
  maySleep: typeof document === 'undefined',

  enableRelaxedSimd() {},

  folder(place) {
    const url = new URL(place, globalThis.location?.href)
    return new URL(`${url.href.replace(/\/$/, '')}/`)
  },

  async load(url) {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  },

  scriptName: 'worker.js',

  script(bytes) {
    return new URL(URL.createObjectURL(new Blob([bytes], { type: 'text/javascript' })))
  },

  startWorker(data, { ready, ended }, script) {
    // The package's own address stands whole in the call, so that bundlers find the script.
    const worker = script
      ? new Worker(script, { type: 'module' })
      : new Worker(new URL('../../dist/worker/browser.js', import.meta.url), { type: 'module' })
    worker.onmessage = ready
    worker.onerror = (event) => ended(event.message || 'their script did not load, or the page forbids it')
    worker.postMessage(data)
    return {
      async stop() {
        worker.terminate()
      },
    }
  },
}
