import { availableParallelism, cpus, hostname } from 'node:os'
import { ConfigError } from '@convkit/api'
import { type Communicator, gatherTexts, isShared, Metered } from '@convkit/nn'
import { exitCodeOf, printError, ToldElsewhere } from './reportError.js'

/** Where a rank of a run computes. */
export interface RankInfo {
  readonly rank: number
  readonly host: string
  readonly backend: string
  /** Processor features and threads. */
  readonly description: string
}

/**
 * Runs `task` as one rank of the job that the launcher started. An error that every rank has is told by the first; one
 * that this rank alone has is told here, and ends all of them.
 */
export async function asRank(task: (communicator: Metered) => Promise<void>): Promise<void> {
  const mpi = await join()
  try {
    await task(new Metered(mpi))
  } catch (error) {
    if (!isShared(error)) {
      printError(error, debug(), `rank ${mpi.rank} of ${mpi.size} on ${hostname()}: `)
      mpi.abort(exitCodeOf(error))
    }
    await mpi.close()
    throw mpi.rank > 0 ? new ToldElsewhere(error) : error
  }
  await mpi.close()
}

/** Whether this is the rank that reads, writes and reports, or a process on its own. */
export function isFirst(communicator: Communicator | null): boolean {
  return (communicator?.rank ?? 0) === 0
}

/** The cores this process may run on, or its part of the host's where ranks on it may run on the same. */
export async function threadsPerRank(communicator: Communicator): Promise<number> {
  const hosts = await gatherTexts(communicator, hostname())
  const here = hosts.filter((host) => host === hostname()).length
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / here)))
}

export async function gatherRanks(
  communicator: Communicator,
  backend: { readonly name: string; readonly description: string },
): Promise<RankInfo[]> {
  const { rank } = communicator
  const own: RankInfo = { rank, host: hostname(), backend: backend.name, description: backend.description }
  return (await gatherTexts(communicator, JSON.stringify(own))).map((text): RankInfo => JSON.parse(text))
}

async function join() {
  try {
    const { createMpi } = await import('@convkit/mpi')
    return await createMpi()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new ConfigError('--distributed mpi: not installed: npm install @convkit/mpi', { cause: error })
  }
}

function debug(): boolean {
  return process.argv.includes('--debug') || Boolean(process.env.CONVKIT_DEBUG)
}
