import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Platform } from './platform.js'

export const platform: Platform = {
  engine: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
  processors: availableParallelism(),
  noThreads: null,
  maySleep: true,

  enableRelaxedSimd() {
    // Node 20 has it behind a flag, which holds for what is compiled from here on, in workers too.
    if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd')
  },

  folder(place) {
    const url = URL.canParse(place) && !isAbsolute(String(place)) ? new URL(place) : pathToFileURL(String(place))
    return new URL(`${url.href.replace(/\/$/, '')}/`)
  },

  async load(url) {
    return new Uint8Array(await readFile(url))
  },

  scriptName: 'worker.mjs',

  script(bytes) {
    return new URL(`data:text/javascript;base64,${Buffer.from(bytes).toString('base64')}`)
  },

  startWorker(data, { ready, ended }, script) {
    const worker = new Worker(script ?? new URL('../../dist/worker/node.js', import.meta.url), {
      workerData: data,
      // Not the process's own: some of them are for its main script only (--input-type), others load hooks.
      execArgv: [],
    })
    worker.once('message', () => {
      // From here on a pool that nobody uses must not keep the process alive.
      worker.unref()
      ready()
    })
    worker.on('error', (error) => ended(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (code) => ended(`it exited with code ${code}`))
    return {
      async stop() {
        await worker.terminate()
      },
    }
  },
}
