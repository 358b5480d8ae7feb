import {
  type Backend,
  type Data,
  type FloatDType,
  type KernelCall,
  type KernelInfo,
  type KernelName,
  mapKernels,
  queued,
  Scope,
} from '@convkit/api'
import type { Case } from './case.js'
import type { LayerSpec } from './spec.js'
import { queue } from './subject.js'

/** One call of one kernel, which can be made again and again. */
export interface RecordedCall<Layer extends string = KernelName> {
  readonly kernel: KernelInfo<Layer>
  readonly call: KernelCall<unknown>
  run(): void
}

/** The kernel calls of one case on one backend, none of them made yet; making them allocates nothing. */
export interface Calls extends Disposable {
  readonly forward: readonly RecordedCall[]
  /** Empty where the case has no backward pass. */
  readonly backward: readonly RecordedCall[]
  /** Waits for what was queued. */
  sync(): Promise<unknown>
}

/** Uploads the inputs, allocates every output and keeps the calls; `Calls` are good until disposed. */
export function prepare(spec: LayerSpec, backend: Backend, dtype: FloatDType, c: Case): Calls {
  const made: RecordedCall[] = []
  const kept = deferringFrees(backend)
  const scope = new Scope(recording(kept.backend, dtype, made))
  const { dy: _, ...forwardOnly } = c
  const none = Object.fromEntries(Object.values(spec.gradients).map((name) => [name, false]))
  {
    // Only counted: a backward pass has to find what the forward pass on the same tensors left for it.
    using child = scope.child()
    queue(spec, child, dtype, forwardOnly, none)
  }
  const forwardCalls = made.splice(0).length
  queue(spec, scope, dtype, c)
  return {
    forward: made.slice(0, forwardCalls),
    backward: made.slice(forwardCalls),
    sync: syncOf(backend, scope),
    [Symbol.dispose]() {
      scope[Symbol.dispose]()
      kept[Symbol.dispose]()
    },
  }
}

/** How to wait on a backend: its own `sync`, which `holdSync` does not trust, or a read. */
export function syncOf(backend: Backend, scope: Scope): () => Promise<unknown> {
  return backend.sync ? () => backend.sync?.() ?? Promise.resolve() : settleOf(backend, scope)
}

/** A read of one number, which is done when all before it is done. */
export function settleOf(backend: Backend, scope: Scope): () => Promise<unknown> {
  const marker = scope.from(Float32Array.of(0), [1])
  const into: Data = new Float32Array(1)
  return () => backend.read(marker.storage, into)
}

/** The backend, which frees nothing until this is disposed: recorded calls are made again on what their layer was done with. */
export function deferringFrees(backend: Backend): Disposable & { readonly backend: Backend } {
  const freed: unknown[] = []
  const free: Backend['free'] = (storage) => {
    freed.push(storage)
  }
  return {
    backend: Object.create(backend, { free: { value: free } }),
    [Symbol.dispose]() {
      for (const storage of freed.splice(0)) queued('free', backend.free(storage))
    },
  }
}

/** The backend, where kernel calls of one dtype are kept in `made` instead of being made. */
export function recording(backend: Backend, dtype: FloatDType, made: RecordedCall<string>[]): Backend {
  const tables = mapKernels(backend.kernels[dtype], (kernel) => (call) => {
    made.push({ kernel, call, run: () => queued(`kernel ${kernel.name}`, kernel.run(call)) })
  })
  const compose: Backend['compose'] = (kernel, call) => {
    made.push({ kernel, call, run: () => queued(`kernel ${kernel.name}`, backend.compose?.(kernel, call)) })
  }
  const wrapped: Backend = Object.create(backend, {
    kernels: { value: { [dtype]: tables } },
    ...(backend.compose && { compose: { value: compose } }),
  })
  return wrapped
}
