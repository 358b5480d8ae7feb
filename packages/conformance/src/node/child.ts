// The process that a backend runs in. Its parent asks for one thing at a time and watches the clock; should the backend
// end this process, the parent knows which check it was at.
import { setImmediate } from 'node:timers/promises'
import { createAnswerer, troubleOf } from '../isolation/answerer.js'
import type { Beat, Reply } from '../isolation/host.js'
import { loadBackend } from './load.js'
import type { Request } from './protocol.js'
import { suite } from './suite.js'

const answerer = createAnswerer()

process.on('message', (request: Request) => {
  carryOut(request).then(send, (error: unknown) => send(troubleOf(error)))
})
process.on('disconnect', () => process.exit())

async function carryOut(request: Request): Promise<Reply> {
  if (request.type === 'open') {
    const create = () => loadBackend(request.source)
    return { type: 'opened', backend: answerer.open(await create(), await suite(request.fixtures), create) }
  }
  if (request.type === 'task') {
    const { carryOut } = await import(request.module)
    return { type: 'done', result: await carryOut(request.about) }
  }
  const reply = await answerer.answer(request, send)
  // What the backend left behind, a rejected promise say, ends the process now, while this check is the one in flight.
  if (reply.type === 'executed') await setImmediate()
  return reply
}

function send(message: Reply | Beat): void {
  process.send?.(message)
}
