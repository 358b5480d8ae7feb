// The process that a few steps of training have to themselves, so that what it takes at most is what they take.
import { readFileSync } from 'node:fs'
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
  let peak = before
  const trainee = createTrainee(workload, backend, dtype)
  for (let step = 0; step < steps; step++) {
    trainee.step()
    await trainee.sync()
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  return { peak: Math.max(peak, highWaterMark()), before }
}

/** Linux keeps the most that was resident; `resourceUsage` would include the process that this one was forked from. */
function highWaterMark(): number {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return Number(kilobytes) * 1024
  } catch {
    return 0
  }
}

function send(reply: MemoryReply): void {
  process.send?.(reply)
}
