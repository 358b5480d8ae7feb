import { ConfigError, ConvkitError, type Data, dtypeOf } from '@convkit/api'
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

/** MPI_THREAD_SERIALIZED: calls come from any thread, one at a time. */
const serialized = 2
/** Elements a call; MPI counts them in an int. */
const most = 2 ** 30

/**
 * Initialises MPI for this process, which was started by `mpirun`, `mpiexec` or `srun`; one that was not is the only rank.
 * Calls run on a thread of their own, so that timers and signals go on. At most once in a process.
 * Throws `ConfigError` where there is no MPI library, or not the launcher's.
 */
export async function createMpi({ library }: MpiOptions = {}): Promise<MpiCommunicator> {
  const mpi = loadLibrary(library === undefined ? knownLibraries() : [library])
  const { world, types, operations, inPlace } = mpi.constants
  const level = [0]
  check('MPI_Init_thread', mpi.initThread(null, null, serialized, level))
  if ((level[0] ?? 0) < serialized)
    throw new ConfigError(`mpi: ${mpi.file} was built without threads; it must offer MPI_THREAD_SERIALIZED`)
  const [rank, size] = [out(mpi.commRank, world), out(mpi.commSize, world)]
  checkLauncher(mpi, size)

  let last: Promise<void> = Promise.resolve()
  /** After what was called before it. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    last = last.then(task)
    return last
  }

  async function eachPart(data: Data, call: (part: Data) => Promise<void>): Promise<void> {
    for (let from = 0; from < data.length; from += most) await call(data.subarray(from, from + most))
  }

  return {
    rank,
    size,

    allreduce(data, operation = 'sum') {
      const [type, op] = [types[dtypeOf(data)], operations[operation]]
      return inTurn(() =>
        eachPart(data, (part) => run('MPI_Allreduce', mpi.allreduce, inPlace, part, part.length, type, op, world)),
      )
    },

    broadcast(data, root = 0) {
      if (!(Number.isSafeInteger(root) && root >= 0 && root < size))
        throw new ConfigError(`mpi: there is no rank ${root} among ${size}`)
      const type = types[dtypeOf(data)]
      return inTurn(() => eachPart(data, (part) => run('MPI_Bcast', mpi.bcast, part, part.length, type, root, world)))
    },

    barrier: () => inTurn(() => run('MPI_Barrier', mpi.barrier, world)),

    abort(code) {
      mpi.abort(world, code)
    },

    async close() {
      await last
      check('MPI_Finalize', mpi.finalize())
    },
  }
}

function run(name: string, call: MpiFunction, ...args: readonly unknown[]): Promise<void> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, code: number) => {
      try {
        if (error) throw error
        resolve(check(name, code))
      } catch (fault) {
        reject(fault)
      }
    })
  })
}

/** By default MPI ends the process itself rather than return an error. */
function check(name: string, code: number): void {
  if (code !== 0) throw new ConvkitError(`mpi: ${name} failed with code ${code}`)
}

function out(call: MpiFunction, world: unknown): number {
  const value = [0]
  check('MPI', call(world, value))
  return value[0] ?? 0
}

/** Started by one MPI and linked with another, every process believes to be alone. */
function checkLauncher(mpi: Mpi, size: number): void {
  const launched = Number(process.env.OMPI_COMM_WORLD_SIZE ?? process.env.PMI_SIZE ?? 1)
  if (size === 1 && launched > 1)
    throw new ConfigError(
      `mpi: ${launched} processes were launched, but ${mpi.file} sees one: the launcher belongs to another MPI; use that library's mpirun`,
    )
}
