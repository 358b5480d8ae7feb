import type { Backend, DType, FloatDType } from './backend.js'
import { UnsupportedError } from './errors.js'
import { type AnyKernel, type AnyKernelTable, type KernelName, type Kernels, signatures } from './kernels.js'
import type { Refusable, Signature } from './signature.js'

export interface FallbackOptions {
  /** Throw `UnsupportedError` instead of falling back: tests and benchmarks want this. Default false. */
  readonly strict?: boolean
  /** Called once for each kernel that falls back, for example `conv2d.backward`, with the reason. */
  onFallback?(kernel: string, reason: string): void
}

interface Held {
  readonly length: number
  readonly dtype: DType
}

/**
 * Runs every kernel that `primary` lacks or refuses on `host`, so that four functions and `kernels: {}` already make a
 * backend that trains. Values live on `primary`; a fallback copies its operands to `host` and its outputs back.
 */
export function withFallback<P, H>(primary: Backend<P>, host: Backend<H>, options: FallbackOptions = {}): Backend<P> {
  const held = new Map<P, Held>()
  const told = new Set<string>()
  let pending = 0
  let tail: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | null = null

  function idle(): boolean {
    return pending === 0 && !failure
  }

  /** A native call runs at once while nothing waits before it; otherwise it takes its place in the queue. */
  function enqueue(task: () => void): void {
    if (idle()) task()
    else defer(task)
  }

  /** After a failure the rest of the queue is dropped until the error is read; only frees still run. */
  function defer(task: () => void | Promise<void>, always = false): void {
    pending++
    tail = tail.then(async () => {
      try {
        if (!failure || always) await task()
      } catch (error) {
        failure = { error }
      } finally {
        pending--
      }
    })
  }

  async function settle(): Promise<void> {
    await tail
    if (!failure) return
    const { error } = failure
    failure = null
    throw error
  }

  async function runOnHost(
    kernel: AnyKernel<H>,
    signature: Signature,
    leading: readonly object[],
    storages: readonly (P | null)[],
  ) {
    const names = [...signature.reads, ...(signature.updates ?? []), ...(signature.writes ?? [])]
    const firstWrite = names.length - (signature.writes?.length ?? 0)
    const copies: (H | null)[] = []
    try {
      for (const [i, storage] of storages.entries()) {
        copies.push(null)
        if (storage === null) continue
        const { length, dtype } = known(storage)
        const copy = host.alloc(length, dtype)
        copies[i] = copy
        if (i < firstWrite) host.write(copy, await primary.read(storage))
      }
      kernel(...leading, ...copies)
      for (let i = signature.reads.length; i < storages.length; i++) {
        const [storage, copy] = [storages[i], copies[i]]
        if (storage != null && copy != null) primary.write(storage, await host.read(copy))
      }
    } finally {
      for (const copy of copies) if (copy !== null) host.free(copy)
    }
  }

  function known(storage: P): Held {
    const info = held.get(storage)
    if (!info)
      throw new UnsupportedError(
        `withFallback: a storage that ${primary.name} did not allocate here was passed to a kernel`,
      )
    return info
  }

  function wrapMethod(dtype: FloatDType, layer: KernelName, method: string, signature: Signature): AnyKernel<P> {
    const native = tableOf(primary, dtype, layer)
    const fallback = tableOf(host, dtype, layer)?.[method]
    const leadingCount = signature.scalars ? 2 : 1
    return (...args) => {
      const reason = whyNot(native, method, args[0])
      if (reason === null) {
        enqueue(() => native?.[method]?.(...args))
        return
      }
      const label = `${layer}.${method}`
      if (options.strict || !fallback)
        throw new UnsupportedError(
          `${label}: ${primary.name}: ${reason}${fallback ? ' (strict)' : `, and ${host.name} has none either`}`,
        )
      if (!told.has(label)) options.onFallback?.(label, reason)
      told.add(label)
      // The first one or two arguments are dims and scalars by the signature, the rest are storages.
      const leading = args.slice(0, leadingCount) as object[]
      const storages = args.slice(leadingCount) as (P | null)[]
      defer(() => runOnHost(fallback, signature, leading, storages))
    }
  }

  function wrapTables(dtype: FloatDType): Partial<Kernels<P>> {
    const tables: { [layer: string]: object } = {}
    for (const [layer, methods] of Object.entries(signatures) as [
      KernelName,
      { readonly [method: string]: Signature },
    ][]) {
      const fused = layer === 'affineRelu' || layer === 'convRelu'
      const native = tableOf(primary, dtype, layer)
      // A fused kernel that is absent or refuses is composed by its sandwich: it never falls back.
      if (fused && !native) continue
      const table: { [method: string]: AnyKernel<P> | NonNullable<Refusable<unknown>['unsupported']> } = {}
      for (const [method, signature] of Object.entries(methods))
        table[method] = wrapMethod(dtype, layer, method, signature)
      if (fused && native?.unsupported) table.unsupported = native.unsupported.bind(native)
      tables[layer] = table
    }
    // Built from `signatures`, which has an entry for every method of every table.
    return tables as Partial<Kernels<P>>
  }

  return {
    name: primary.name,
    description: `${primary.description}; missing kernels run on ${host.name}`,
    ...(primary.arithmetic ? { arithmetic: primary.arithmetic } : {}),
    kernels: { float32: wrapTables('float32'), float64: wrapTables('float64') },

    alloc(length, dtype) {
      const storage = primary.alloc(length, dtype)
      held.set(storage, { length, dtype })
      return storage
    },

    free(storage) {
      const task = () => {
        held.delete(storage)
        primary.free(storage)
      }
      if (idle()) task()
      else defer(task, true)
    },

    write(storage, data) {
      const copy = idle() ? data : data.slice()
      enqueue(() => primary.write(storage, copy))
    },

    async read(storage, into) {
      await settle()
      return primary.read(storage, into)
    },

    async sync() {
      await settle()
      await primary.sync?.()
    },

    mark(label) {
      enqueue(() => primary.mark?.(label))
    },

    async close() {
      await tail
      await primary.close?.()
      await host.close?.()
    },
  }
}

function tableOf<S>(backend: Backend<S>, dtype: FloatDType, layer: KernelName): AnyKernelTable<S> | undefined {
  // Seen without its types, so that one loop can serve every layer.
  return backend.kernels[dtype]?.[layer] as AnyKernelTable<S> | undefined
}

/** Why the primary cannot run a method itself, or null if it can. */
function whyNot<P>(table: AnyKernelTable<P> | undefined, method: string, dims: unknown): string | null {
  if (!table?.[method]) return 'no kernel'
  return table.unsupported?.(dims) ?? null
}
