import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
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

  async compile(url) {
    return await WebAssembly.compile(new Uint8Array(await readFile(url)))
  },

  startWorker(data, { ready, ended }) {
    const worker = new Worker(new URL('../../dist/worker/node.js', import.meta.url), {
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
