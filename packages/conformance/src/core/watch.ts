import {
  type Backend,
  type ComposedKernel,
  type Data,
  type FloatDType,
  type KernelCall,
  mapKernels,
  queued,
  type RunKernel,
  type SomeKernel,
} from '@convkit/api'

/** A value that a kernel call changed although it is no output of that call. */
export interface Change {
  /** `conv2d.backward` */
  readonly kernel: string
  /** The operand's name in the kernel's signature; null for memory that the call was not given. */
  readonly operand: string | null
  readonly index: number
  readonly before: number
  readonly after: number
}

export interface Watch {
  readonly backend: Backend
  /** What changed, though it must not, since this was last asked. */
  firstChange(): Promise<Change | null>
}

interface Comparison {
  readonly kernel: string
  readonly operand: string | null
  readonly before: Promise<Data>
  readonly after: Promise<Data>
}

/**
 * The backend, with a read of all that was ever written queued behind each kernel call. Reads are ordered as calls are, so
 * they see what each call alone has done.
 */
export function watching(backend: Backend, dtype: FloatDType): Watch {
  const latest = new Map<unknown, Promise<Data>>()
  let comparisons: Comparison[] = []

  function look(storage: unknown): Promise<Data> {
    const values = backend.read(storage)
    // Who awaits the case itself sees its error first.
    values.catch(() => {})
    return values
  }

  function watched({ name: kernel, run, reads }: SomeKernel<unknown, string>): RunKernel<unknown> {
    return (call) => {
      const { storages } = call
      const outputs = new Set(storages.slice(reads.length))
      queued(`kernel ${kernel}`, run(call))
      for (const [storage, before] of latest) {
        if (outputs.has(storage)) continue
        const after = look(storage)
        comparisons.push({ kernel, operand: reads[storages.indexOf(storage)] ?? null, before, after })
        latest.set(storage, after)
      }
      for (const storage of outputs) if (storage !== null) latest.set(storage, look(storage))
    }
  }

  return {
    backend: Object.create(backend, {
      kernels: { value: { ...backend.kernels, [dtype]: mapKernels(backend.kernels[dtype], watched) } },
      compose: {
        value:
          backend.compose &&
          ((kernel: ComposedKernel, call: KernelCall<unknown>) =>
            watched({ ...kernel, run: (own) => backend.compose?.(kernel, own) })(call)),
      },
      alloc: { value: (length: number, type: FloatDType) => backend.alloc(length, type) },
      read: { value: (storage: unknown, into?: Data) => backend.read(storage, into) },
      write: {
        value(storage: unknown, data: Data) {
          backend.write(storage, data)
          latest.set(storage, look(storage))
        },
      },
      free: {
        value(storage: unknown) {
          latest.delete(storage)
          backend.free(storage)
        },
      },
    }),

    async firstChange() {
      const all = comparisons
      comparisons = []
      for (const { kernel, operand, before: earlier, after: later } of all) {
        const [before, after] = [await earlier, await later]
        const index = firstDifference(before, after)
        if (index !== -1) return { kernel, operand, index, before: before[index], after: after[index] }
      }
      return null
    },
  }
}

function firstDifference(a: Data, b: Data): number {
  for (let i = 0; i < a.length; i++) if ((a[i] !== b[i] || a[i] === 0) && !Object.is(a[i], b[i])) return i
  return -1
}
