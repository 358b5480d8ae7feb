import type { AnyKernel, Backend, Data, FloatDType, KernelTables } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapKernels, type SomeKernel } from '../core/mapKernels.js'
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

  function replaced({ name, call: kernel, signature }: SomeKernel<Data>): AnyKernel<Data> {
    const { reads, updates = [], writes = [], scalars: hasScalars } = signature
    const names = [...reads, ...updates, ...writes]
    return (...args) => {
      const [dims, scalars] = [args[0] as object, hasScalars ? (args[1] as object) : null]
      const storages = args.slice(hasScalars ? 2 : 1) as (Data | null)[]
      const operands = new Map(names.map((operand, i) => [operand, storages[i]]))
      const run: NamedCall['run'] = (others = {}) => {
        const leading = scalars ? [others.dims ?? dims, others.scalars ?? scalars] : [others.dims ?? dims]
        kernel(...leading, ...(others.operands ?? operands).values())
      }
      if (kernels[name]) kernels[name]({ dims, scalars, operands, run })
      else run()
      after({ call: name, writes: [...updates, ...writes].flatMap((operand) => operands.get(operand) ?? []) })
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
