import { existsSync } from 'node:fs'
import {
  agree,
  broadcastBytes,
  type Communicator,
  decodeCheckpoint,
  encodeCheckpoint,
  type Solver,
  type SolverState,
} from '@convkit/nn'
import { loadCheckpoint } from '@convkit/nn/node'
import { isFirst } from './ranks.js'

/** Goes on from a checkpoint if there is one; of several ranks, the first alone needs the file. */
export async function resume(solver: Solver, checkpoint: string, communicator: Communicator | null): Promise<void> {
  const saved = await agree(communicator, () =>
    isFirst(communicator) && existsSync(checkpoint) ? loadCheckpoint(checkpoint) : null,
  )
  const state = communicator ? await broadcastState(communicator, saved) : saved
  if (state) await agree(communicator, () => solver.restore(state))
}

async function broadcastState(communicator: Communicator, state: SolverState | null): Promise<SolverState | null> {
  const bytes = await broadcastBytes(communicator, state ? await encodeCheckpoint(state) : new Uint8Array())
  return bytes.length === 0 ? null : decodeCheckpoint(bytes)
}
