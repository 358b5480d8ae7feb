// The process that a few steps of training have to themselves, so that what it takes at most is what they take.
import { loadBackend } from '@convkit/conformance/node'
import { createTrainee } from '../training/trainee.js'
import type { MemoryReply, MemoryRequest } from './memory.js'

process.on('message', (request: MemoryRequest) => {
  carryOut(request).then(send, (error: unknown) =>
    send({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function carryOut({ source, workload, dtype, steps }: MemoryRequest): Promise<MemoryReply> {
  const backend = await loadBackend(source)
  const before = process.memoryUsage.rss()
  const trainee = createTrainee(workload, backend, dtype)
  for (let step = 0; step < steps; step++) {
    trainee.step()
    await trainee.sync()
  }
  // Kilobytes, unlike all else.
  return { peak: process.resourceUsage().maxRSS * 1024, before }
}

function send(reply: MemoryReply): void {
  process.send?.(reply)
}
