import type { Backend } from '@convkit/api'
import { allChecks, createAnswerer, type Reply, referenceChecks, troubleOf } from '@convkit/conformance'
import type { Asked, Source } from './source.js'

/** A worker's whole life: it opens one backend, and answers what it is asked. */
export function serve(load: (source: Source) => Promise<Backend>): void {
  const answerer = createAnswerer()

  async function carryOut(asked: Asked): Promise<Reply> {
    if (asked.type === 'open') {
      const create = () => load(asked.source)
      const checks = [...allChecks(), ...referenceChecks(asked.references)]
      return { type: 'opened', backend: answerer.open(await create(), checks, create) }
    }
    const reply = await answerer.answer(asked, postMessage)
    // What the backend left behind, a rejected promise say, is reported while this check is the one in flight.
    if (reply.type === 'executed') await new Promise<void>((resolve) => setTimeout(resolve))
    return reply
  }

  globalThis.addEventListener('unhandledrejection', ({ reason }) => {
    // Thrown anew outside any promise, it becomes an error of the worker, which its owner hears.
    setTimeout(() => {
      throw reason
    })
  })
  globalThis.onmessage = ({ data }: MessageEvent<Asked>) => {
    carryOut(data).then(postMessage, (error: unknown) => postMessage(troubleOf(error)))
  }
}
