import type { Backend } from './backend.js'
import { conventionConflict, conventionsOf, differencesOf, mergeConventions } from './conventions.js'
import type { DType, FloatDType } from './dtype.js'
import { FreedError, UnsupportedError } from './errors.js'
import { isFused, type KernelTables } from './kernels.js'
import {
  type ComposedKernel,
  type KernelCall,
  type KernelInfo,
  kernelIn,
  makeKernels,
  type Refuse,
  type RunKernel,
  refuseIn,
} from './mapKernels.js'
import { checkOptions, checkSwitches, type OptionNames } from './options.js'
import { createQueue } from './queue.js'
import { queued } from './queued.js'

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
  checkSwitches('withFallback', { strict: options.strict })
  const held = new Map<P, Held>()
  const told = new Set<string>()
  const queue = createQueue()
  const conventions = mergeConventions(conventionsOf(primary), conventionsOf(host), (layer, method) =>
    dtypes.some((dtype) => kernelIn(primary.kernels[dtype], layer, method)),
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
  function operandsOf({ name, reads, updates }: KernelInfo<string>, storages: readonly (P | null)[]): Operand<P>[] {
    const firstUpdate = reads.length
    const firstWrite = firstUpdate + updates.length
    const operands = new Map<P, Operand<P>>()
    for (const [i, storage] of storages.entries()) {
      if (storage === null) continue
      const info = held.get(storage)
      if (!info) throw new FreedError(`${name}: an operand was freed, or was not allocated by this withFallback`)
      const seen = operands.get(storage)
      const read = i < firstWrite || seen?.read === true
      const written = i >= firstUpdate || seen?.written === true
      operands.set(storage, { storage, ...info, read, written })
    }
    return [...operands.values()]
  }

  function withStandIn(dtype: FloatDType, kernel: KernelInfo): RunKernel<P> {
    const { layer, method } = kernel
    const [own, others] = [primary.kernels[dtype], host.kernels[dtype]]
    const [native, fallback] = [kernelIn(own, layer, method), kernelIn(others, layer, method)]
    const conflict = conventionConflict(layer, method, conventionsOf(host), conventions)
    return standingIn(
      kernel,
      { run: native?.run, refuse: refuseIn(own, layer) },
      { run: fallback?.run, refuse: refuseIn(others, layer) },
      conflict,
    )
  }

  function standingIn(
    kernel: KernelInfo<string>,
    native: Doing<P>,
    fallback: Doing<H>,
    conflict: string | null = null,
  ): RunKernel<P> {
    const { name } = kernel
    return (call) => {
      const reason = whyNot(kernel, native, call)
      if (reason === null) {
        queue.enqueue(() => queued(`kernel ${name}`, native.run?.(call)))
        return
      }
      const refusal = conflict ?? whyNot(kernel, fallback, call)
      if (options.strict || refusal !== null)
        throw new UnsupportedError(
          `${name}: ${primary.name}: ${reason}${refusal === null ? ' (strict)' : `, and ${host.name}: ${refusal}`}`,
          { missing: !native.run },
        )
      const operands = operandsOf(kernel, call.storages)
      if (!told.has(name)) options.onFallback?.(name, reason)
      told.add(name)
      queue.defer(() => runOnHost((storages) => fallback.run?.({ ...call, storages }), call.storages, operands))
    }
  }

  function tablesOf(dtype: FloatDType): KernelTables<P> {
    const own = primary.kernels[dtype]
    // A fused kernel that is absent or refuses is composed by its sandwich: it never falls back.
    return makeKernels(
      (kernel) =>
        isFused(kernel.layer) && !kernelIn(own, kernel.layer, 'forward') ? undefined : withStandIn(dtype, kernel),
      (layer) => (isFused(layer) ? refuseIn(own, layer) : undefined),
    )
  }

  return {
    name: primary.name,
    description: `${primary.description}; missing kernels run on ${host.name}`,
    ...(primary.arithmetic ? { arithmetic: primary.arithmetic } : {}),
    ...(differencesOf({ conventions }).length > 0 ? { conventions } : {}),
    kernels: { float32: tablesOf('float32'), float64: tablesOf('float64') },

    compose(kernel, call) {
      const [native, fallback] = [composing(primary, kernel), composing(host, kernel)]
      standingIn(kernel, { run: native }, { run: fallback })(call)
    },

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

/** What a backend has for a kernel, and its refusals. */
interface Doing<S> {
  readonly run: RunKernel<S> | undefined
  readonly refuse?: Refuse | undefined
}

function composing<S>(backend: Backend<S>, kernel: ComposedKernel): RunKernel<S> | undefined {
  return backend.compose && ((call) => backend.compose?.(kernel, call))
}

/** Why a call cannot be done, or null if it can. Outputs that are not wanted are null. */
function whyNot<S>(
  { method, reads, operands }: KernelInfo<string>,
  { run, refuse }: Doing<S>,
  { dims, storages }: KernelCall<unknown>,
): string | null {
  if (!run) return 'no kernel'
  const wanted = operands.slice(reads.length).map((output, i) => [output, storages[reads.length + i] != null])
  return refuse?.(dims, method, Object.fromEntries(wanted)) ?? null
}
