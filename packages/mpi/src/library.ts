import { ConfigError } from '@convkit/api'
import koffi from 'koffi'

/** MPI's handles and constants have no fixed values: each family of implementations has its own. */
export interface Constants {
  readonly world: unknown
  readonly types: { readonly float32: unknown; readonly float64: unknown; readonly int32: unknown }
  readonly operations: { readonly sum: unknown; readonly min: unknown; readonly max: unknown }
  /** Stands for the buffer that a result goes into. */
  readonly inPlace: number
}

/** A C function that returns an error code; `async` runs it on a thread of koffi's own. */
export interface MpiFunction {
  (...args: readonly unknown[]): number
  async(...args: readonly unknown[]): void
}

export interface Mpi {
  /** What was loaded: `libmpi.so.40`. */
  readonly file: string
  readonly constants: Constants
  readonly initThread: MpiFunction
  readonly commRank: MpiFunction
  readonly commSize: MpiFunction
  readonly allreduce: MpiFunction
  readonly bcast: MpiFunction
  readonly barrier: MpiFunction
  readonly abort: MpiFunction
  readonly finalize: MpiFunction
}

const openMpi = ['libmpi.so.40', 'libmpi.40.dylib', '/opt/homebrew/lib/libmpi.40.dylib']
/** MPICH, and what keeps to its binary interface: Intel MPI, MVAPICH, Cray MPICH. */
const mpich = ['libmpi.so.12', 'libmpich.so.12', 'libmpi_cray.so.12', 'libmpi.12.dylib']

/** Where libraries are looked for, those of the launcher of this process first. */
export function knownLibraries(): readonly string[] {
  const launchedByMpich = process.env.PMI_RANK !== undefined && process.env.OMPI_COMM_WORLD_RANK === undefined
  return launchedByMpich ? [...mpich, ...openMpi] : [...openMpi, ...mpich]
}

/** Loads the first of these libraries that is there. Throws `ConfigError` where none is. */
export function loadLibrary(files: readonly string[]): Mpi {
  for (const file of files) {
    const library = open(file)
    if (library) return bind(file, library)
  }
  throw new ConfigError(
    `mpi: no MPI library was found (${files.join(', ')}); install Open MPI (Debian and Ubuntu: apt-get install openmpi-bin, macOS: brew install open-mpi) or MPICH`,
  )
}

function open(file: string): Library | null {
  try {
    return koffi.load(file, { global: true })
  } catch {
    return null
  }
}

type Library = ReturnType<typeof koffi.load>

// MPICH needs more stack than the 128 KiB that koffi gives a call on another thread.
koffi.config({ async_stack_size: 2 ** 21 })

function bind(file: string, library: Library): Mpi {
  const constants = openMpiConstants(library) ?? mpichConstants
  // Open MPI's handles are addresses, those of MPICH numbers.
  const handle = typeof constants.world === 'number' ? 'int' : 'void *'
  const declare = (result: string): MpiFunction => library.func(result)
  return {
    file,
    constants,
    initThread: declare('int MPI_Init_thread(void *argc, void *argv, int required, _Out_ int *provided)'),
    commRank: declare(`int MPI_Comm_rank(${handle} comm, _Out_ int *rank)`),
    commSize: declare(`int MPI_Comm_size(${handle} comm, _Out_ int *size)`),
    allreduce: declare(
      `int MPI_Allreduce(intptr_t send, void *receive, int count, ${handle} type, ${handle} op, ${handle} comm)`,
    ),
    bcast: declare(`int MPI_Bcast(void *data, int count, ${handle} type, int root, ${handle} comm)`),
    barrier: declare(`int MPI_Barrier(${handle} comm)`),
    abort: declare(`int MPI_Abort(${handle} comm, int code)`),
    finalize: declare('int MPI_Finalize(void)'),
  }
}

/** `mpi.h` of Open MPI makes a handle the address of a global variable. Null where the library is not Open MPI. */
function openMpiConstants(library: Library): Constants | null {
  const address = (name: string): unknown => library.symbol(`ompi_mpi_${name}`)
  try {
    return {
      world: address('comm_world'),
      types: { float32: address('float'), float64: address('double'), int32: address('int') },
      operations: { sum: address('op_sum'), min: address('op_min'), max: address('op_max') },
      inPlace: 1,
    }
  } catch {
    return null
  }
}

/** From `mpi.h`; fixed by the MPICH ABI initiative. */
const mpichConstants: Constants = {
  world: 0x44000000,
  types: { float32: 0x4c00040a, float64: 0x4c00080b, int32: 0x4c000405 },
  operations: { sum: 0x58000003, min: 0x58000002, max: 0x58000001 },
  inPlace: -1,
}
