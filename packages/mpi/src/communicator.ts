import { ConfigError, ConvkitError, checkOptions, type Data, dtypeOf } from '@convkit/api'
import type { Communicator } from '@convkit/nn'
import { knownLibraries, loadLibrary, type Mpi, type MpiFunction } from './library.js'

export interface MpiOptions {
  /** Path of the MPI library; default: the one that the launcher belongs to, where the system looks for libraries. */
  readonly library?: string
}

/** MPI_COMM_WORLD. */
export interface MpiCommunicator extends Communicator {
  /** Leaves MPI, when every rank does. A process that ends without it takes the other ranks with it. */
  close(): Promise<void>
}

/** MPI_THREAD_FUNNELED: there are other threads, and one of them calls MPI. */
const funneled = 1
/** Elements a call; MPI counts them in an int. */
const most = 2 ** 30

/**
 * Initialises MPI for this process, which was started by `mpirun`, `mpiexec` or `srun`; one that was not is the only rank.
 * Calls are done when they return, in this thread: what MPI keeps for a thread that called it does not outlive
 * MPI_Finalize, and libuv's threads do. At most once in a process.
 * Throws `ConfigError` where there is no MPI library, or not the launcher's.
 */
export async function createMpi(options: MpiOptions = {}): Promise<MpiCommunicator> {
  const { library } = checkOptions('mpi', options, { library: true })
  const mpi = loadLibrary(library === undefined ? knownLibraries() : [library])
  const { world, types, operations, inPlace } = mpi.constants
  check('MPI_Init_thread', mpi.initThread(null, null, funneled, [0]))
  const [rank, size] = [out(mpi.commRank, world), out(mpi.commSize, world)]
  checkLauncher(mpi, size)

  return {
    rank,
    size,

    async allreduce(data, operation = 'sum') {
      const [type, op] = [types[dtypeOf(data)], operations[operation]]
      for (const part of parts(data)) check('MPI_Allreduce', mpi.allreduce(inPlace, part, part.length, type, op, world))
    },

    async broadcast(data, root = 0) {
      if (!(Number.isSafeInteger(root) && root >= 0 && root < size))
        throw new ConfigError(`mpi: there is no rank ${root} among ${size}`)
      for (const part of parts(data))
        check('MPI_Bcast', mpi.bcast(part, part.length, types[dtypeOf(data)], root, world))
    },

    async barrier() {
      check('MPI_Barrier', mpi.barrier(world))
    },

    abort(code) {
      mpi.abort(world, code)
    },

    async close() {
      check('MPI_Finalize', mpi.finalize())
    },
  }
}

function parts(data: Data): Data[] {
  return Array.from({ length: Math.ceil(data.length / most) }, (_, i) => data.subarray(i * most, (i + 1) * most))
}

/** By default MPI ends the process itself rather than return an error. */
function check(name: string, code: number): void {
  if (code !== 0) throw new ConvkitError(`mpi: ${name} failed with code ${code}`)
}

function out(call: MpiFunction, world: unknown): number {
  const value: [number] = [0]
  check('MPI', call(world, value))
  return value[0]
}

/** Started by one MPI and linked with another, every process believes to be alone. */
function checkLauncher(mpi: Mpi, size: number): void {
  const launched = Number(process.env.OMPI_COMM_WORLD_SIZE ?? process.env.PMI_SIZE ?? 1)
  if (size === 1 && launched > 1)
    throw new ConfigError(
      `mpi: ${launched} processes were launched, but ${mpi.file} sees one: the launcher belongs to another MPI; use that library's mpirun`,
    )
}
