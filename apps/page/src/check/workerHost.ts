import { type Answer, type Beat, createTimer, type Host, type Reply } from '@convkit/conformance'
import type { Asked, Source } from './source.js'

/** A worker that a backend is kept in: it can be ended whatever the backend does. */
export function startWorkerHost(source: Source): Host<Asked, Reply> {
  // Spelled out twice, since the bundler reads these lines.
  const worker =
    source.kind === 'file'
      ? new Worker(new URL('./visitorWorker.ts', import.meta.url), { type: 'module' })
      : new Worker(new URL('./pageWorker.ts', import.meta.url), { type: 'module' })
  let alive = true
  let settle: (answer: Answer<Reply>) => void = () => {}
  let hear: (beat: Beat) => void = () => {}

  function kill(): void {
    alive = false
    worker.terminate()
  }

  worker.onmessage = ({ data }: MessageEvent<Reply | Beat>) => {
    if (data.type === 'beat') hear(data)
    else settle({ type: 'reply', reply: data })
  }
  worker.onerror = (event) => {
    event.preventDefault()
    kill()
    settle({ type: 'ended', how: `the worker ended: ${event.message || 'its script did not load'}`, said: '' })
  }

  return {
    get alive() {
      return alive
    },

    async ask(request, limit, onBeat) {
      const silence = createTimer(limit)
      hear = (beat) => {
        silence.restart()
        onBeat?.(beat)
      }
      return await new Promise<Answer<Reply>>((resolve) => {
        void silence.over.then(() => {
          kill()
          resolve({ type: 'late' })
        })
        settle = resolve
        worker.postMessage(request)
      }).finally(silence.stop)
    },

    kill,
  }
}
