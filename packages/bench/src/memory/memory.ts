import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FloatDType } from '@convkit/api'
import type { BackendSource } from '@convkit/conformance/node'
import type { TrainingWorkload } from '../workload/workload.js'

/** The most memory that some steps of training took, in a process of their own. */
export interface MemoryPeak {
  readonly workload: string
  readonly contender: string
  /** Resident bytes at most, and before the model was made. */
  readonly peak: number
  readonly before: number
}

export interface MemoryRequest {
  readonly source: BackendSource
  readonly workload: TrainingWorkload
  readonly dtype: FloatDType
  readonly steps: number
}

export type MemoryReply = { readonly peak: number; readonly before: number } | { readonly error: string }

/** The second allocates as the first; a third would as well. */
const steps = 2

/** Throws where the process fails. */
export async function measureMemory(
  workload: TrainingWorkload,
  contender: { readonly name: string; readonly dtype: FloatDType },
  source: BackendSource,
): Promise<MemoryPeak> {
  // Built, even where this file itself is not: plain Node has to run it.
  const child = fork(fileURLToPath(new URL('../../dist/memory/child.js', import.meta.url)), { execArgv: [] })
  const request: MemoryRequest = { source, workload, dtype: contender.dtype, steps }
  child.send(request)
  const reply = await Promise.race([
    once(child, 'message').then(([message]): MemoryReply => message),
    once(child, 'exit').then(([code]): MemoryReply => ({ error: `its process ended with ${code}` })),
  ])
  child.kill()
  if ('error' in reply) throw new Error(reply.error)
  return { workload: workload.name, contender: contender.name, peak: reply.peak, before: reply.before }
}
