import { type Examination, examine, type Result } from './examine.js'

/** In a worker of the page's, which makes workers of its own. */
function examineInWorker(examination: Examination): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onerror = (event) => reject(new Error(event.message))
    worker.onmessage = ({ data }: MessageEvent<Result>) => {
      worker.terminate()
      resolve(data)
    }
    worker.postMessage(examination)
  })
}

Object.assign(globalThis, { examine, examineInWorker })
