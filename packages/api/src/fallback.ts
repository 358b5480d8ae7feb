import type { Backend, DType, FloatDType } from './backend.js'
import { conventionConflict, conventionsOf, differencesOf, mergeConventions } from './conventions.js'
import { FreedError, UnsupportedError } from './errors.js'
import {
  type AnyKernel,
  type AnyKernelTable,
  fusedKernels,
  type KernelName,
  type Kernels,
  signatures,
} from './kernels.js'
import { checkOptions, type OptionNames } from './options.js'
import { createQueue } from './queue.js'
import { queued } from './queued.js'
import { outputsOf, type Refusable, type Signature, type WantedOutputs } from './signature.js'

export interface FallbackOptions {
  /** Throw `UnsupportedError` instead of falling back: tests and benchmarks want this. Default false. */
  readonly strict?: boolean
  /** Called once for each kernel that falls back, for example `conv2d.backward`, with the reason. */
  onFallback?(kernel: string, reason: string): void
}

const optionNames: OptionNames<FallbackOptions> = { strict: true, onFallback: true }

const dtypes = ['float32', 'float64'] as const

interface Held {
  readonly length: number
  readonly dtype: DType
}

interface Operand<P> extends Held {
  readonly storage: P
  readonly read: boolean
  readonly written: boolean
}

/**
 * Runs every kernel that `primary` lacks or refuses on `host`, so that four functions and `kernels: {}` already make a
 * backend that trains. Values live on `primary`; a fallback copies its operands to `host` and its outputs back.
 * Conventions are those of `primary` for the kernels that it has; where `host` has others it cannot stand in.
 */
export function withFallback<P, H>(primary: Backend<P>, host: Backend<H>, options: FallbackOptions = {}): Backend<P> {
  checkOptions('withFallback', options, optionNames)
  const held = new Map<P, Held>()
  const told = new Set<string>()
  const queue = createQueue()
  const conventions = mergeConventions(conventionsOf(primary), conventionsOf(host), (layer, method) =>
    dtypes.some((dtype) => tableOf(primary, dtype, layer as KernelName)?.[method]),
  )

  async function runOnHost(
    kernel: (storages: readonly (H | null)[]) => void,
    storages: readonly (P | null)[],
    operands: readonly Operand<P>[],
  ): Promise<void> {
    const copies = new Map<P | null, H>()
    try {
      for (const { storage, length, dtype, read } of operands) {
        const copy = host.alloc(length, dtype)
        copies.set(storage, copy)
        if (read) host.write(copy, await primary.read(storage))
      }
      kernel(storages.map((storage) => copies.get(storage) ?? null))
      for (const { storage, written } of operands) {
        const copy = copies.get(storage)
        if (written && copy !== undefined) primary.write(storage, await host.read(copy))
      }
    } finally {
      for (const copy of copies.values()) host.free(copy)
    }
  }

  /** Each storage once, even where it was given twice, so that it is one array on the host too. */
  function operandsOf(label: string, signature: Signature, storages: readonly (P | null)[]): Operand<P>[] {
    const firstUpdate = signature.reads.length
    const firstWrite = firstUpdate + (signature.updates?.length ?? 0)
    const operands = new Map<P, Operand<P>>()
    for (const [i, storage] of storages.entries()) {
      if (storage === null) continue
      const info = held.get(storage)
      if (!info) throw new FreedError(`${label}: an operand was freed, or was not allocated by this withFallback`)
      const seen = operands.get(storage)
      const read = i < firstWrite || seen?.read === true
      const written = i >= firstUpdate || seen?.written === true
      operands.set(storage, { storage, ...info, read, written })
    }
    return [...operands.values()]
  }

  function wrapMethod(dtype: FloatDType, layer: KernelName, method: string, signature: Signature): AnyKernel<P> {
    const native = tableOf(primary, dtype, layer)
    const fallback = tableOf(host, dtype, layer)
    const conflict = conventionConflict(layer, method, conventionsOf(host), conventions)
    const leadingCount = signature.scalars ? 2 : 1
    return (...args) => {
      // The first one or two arguments are dims and scalars by the signature, the rest are storages.
      const leading = args.slice(0, leadingCount) as object[]
      const storages = args.slice(leadingCount) as (P | null)[]
      const wanted = wantedBy(signature, storages)
      const reason = whyNot(native, method, args[0], wanted)
      if (reason === null) {
        queue.enqueue(() => queued(`kernel ${layer}.${method}`, native?.[method]?.(...args)))
        return
      }
      const label = `${layer}.${method}`
      const refusal = conflict ?? whyNot(fallback, method, args[0], wanted)
      if (options.strict || refusal !== null)
        throw new UnsupportedError(
          `${label}: ${primary.name}: ${reason}${refusal === null ? ' (strict)' : `, and ${host.name}: ${refusal}`}`,
          { missing: !native?.[method] },
        )
      const operands = operandsOf(label, signature, storages)
      if (!told.has(label)) options.onFallback?.(label, reason)
      told.add(label)
      queue.defer(() => runOnHost((copies) => fallback?.[method]?.(...leading, ...copies), storages, operands))
    }
  }

  function wrapTables(dtype: FloatDType): Partial<Kernels<P>> {
    const tables: { [layer: string]: object } = {}
    for (const [layer, methods] of Object.entries(signatures) as [
      KernelName,
      { readonly [method: string]: Signature },
    ][]) {
      const fused = fusedKernels.includes(layer)
      const native = tableOf(primary, dtype, layer)
      // A fused kernel that is absent or refuses is composed by its sandwich: it never falls back.
      if (fused && !native?.forward) continue
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
    ...(differencesOf({ conventions }).length > 0 ? { conventions } : {}),
    kernels: { float32: wrapTables('float32'), float64: wrapTables('float64') },

    alloc(length, dtype) {
      const storage = primary.alloc(length, dtype)
      held.set(storage, { length, dtype })
      return storage
    },

    free(storage) {
      held.delete(storage)
      if (queue.idle()) primary.free(storage)
      else queue.defer(() => primary.free(storage), true)
    },

    write(storage, data) {
      const copy = queue.idle() ? data : data.slice()
      queue.enqueue(() => primary.write(storage, copy))
    },

    read(storage, into) {
      return queue.wait(() => primary.read(storage, into))
    },

    sync() {
      return queue.wait(async () => primary.sync?.())
    },

    mark(label) {
      queue.enqueue(() => primary.mark?.(label))
    },

    async close() {
      await queue.drained()
      await primary.close?.()
      await host.close?.()
    },
  }
}

function tableOf<S>(backend: Backend<S>, dtype: FloatDType, layer: KernelName): AnyKernelTable<S> | undefined {
  // Seen without its types, so that one loop can serve every layer.
  return backend.kernels[dtype]?.[layer] as AnyKernelTable<S> | undefined
}

/** Outputs that are not wanted are null. */
function wantedBy<P>(signature: Signature, storages: readonly (P | null)[]): WantedOutputs {
  const first = signature.reads.length
  return Object.fromEntries(outputsOf(signature).map((output, i) => [output, storages[first + i] != null]))
}

/** Why a table cannot run a call, or null if it can. */
function whyNot<P>(
  table: AnyKernelTable<P> | undefined,
  method: string,
  dims: unknown,
  wanted: WantedOutputs,
): string | null {
  if (!table?.[method]) return 'no kernel'
  return table.unsupported?.(dims, method, wanted) ?? null
}
