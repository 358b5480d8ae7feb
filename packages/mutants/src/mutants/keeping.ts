import {
  type Backend,
  type Data,
  type FloatDType,
  type KernelTables,
  mapKernels,
  namedStorages,
  type RunKernel,
  type SomeKernel,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { affineRelu, convRelu } from './sandwiches.js'

/** What a call is about to do to storages. */
export interface Touch {
  /** `adam.update`, `write` or `free` */
  readonly call: string
  readonly writes: readonly Data[]
}

/** A kernel call, by the names of its signature. */
export interface NamedCall {
  readonly dims: object
  readonly scalars: object | null
  readonly operands: ReadonlyMap<string, Data | null>
  /** The right kernel, with some of it replaced. */
  run(others?: {
    readonly dims?: object
    readonly scalars?: object
    readonly operands?: ReadonlyMap<string, Data | null>
  }): void
}

interface Changes {
  /** Replaces kernels by their names, `affine.forward`. */
  readonly kernels?: { readonly [kernel: string]: (call: NamedCall) => void }
  /** Told after every kernel, write and free. */
  after?(touch: Touch): void
}

/** The naive backend, fused kernels included, with some kernels replaced and every change of a storage told. */
export function watched({ kernels = {}, after = () => {} }: Changes): Backend<Data> {
  const naive = createNaive()

  // Fused kernels are only there to be wrong.
  const fused = {
    ...(kernels['affineRelu.forward'] && { affineRelu }),
    ...(kernels['convRelu.forward'] && { convRelu }),
  }
  const tables = (dtype: FloatDType): KernelTables<Data> => mapKernels({ ...naive.kernels[dtype], ...fused }, replaced)

  function replaced(kernel: SomeKernel<Data>): RunKernel<Data> {
    const { name, reads } = kernel
    return (call) => {
      const operands = namedStorages(kernel, call)
      const run: NamedCall['run'] = ({ operands: others = operands, ...rest } = {}) => {
        kernel.run({ ...call, ...rest, storages: [...others.values()] })
      }
      if (kernels[name]) kernels[name]({ ...call, operands, run })
      else run()
      after({ call: name, writes: call.storages.slice(reads.length).filter((output) => output !== null) })
    }
  }

  return {
    ...naive,
    kernels: { float32: tables('float32'), float64: tables('float64') },
    write(storage, data) {
      naive.write(storage, data)
      after({ call: 'write', writes: [storage] })
    },
    free(storage) {
      naive.free(storage)
      after({ call: 'free', writes: [storage] })
    },
  }
}

/**
 * Keeps a copy of one operand, as packing does, and takes it for the operand until its storage changes; but one kind of
 * change goes unnoticed.
 */
export function keeping(kernel: string, operand: string, unnoticed: string): Backend<Data> {
  const kept = new Map<Data, Data>()
  return watched({
    kernels: {
      [kernel]({ operands, run }) {
        const storage = operands.get(operand)
        if (!storage) return run()
        const copy = kept.get(storage) ?? storage.slice()
        kept.set(storage, copy)
        run({ operands: new Map(operands).set(operand, copy) })
      },
    },
    after({ call, writes }) {
      if (call !== unnoticed) for (const storage of writes) kept.delete(storage)
    },
  })
}
