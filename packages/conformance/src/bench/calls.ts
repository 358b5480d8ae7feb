import {
  type Backend,
  type Data,
  type FloatDType,
  type KernelName,
  queued,
  Scope,
  type Signature,
  signatures,
} from '@convkit/api'
import type { Case } from '../core/case.js'
import { mapKernels } from '../core/mapKernels.js'
import type { LayerSpec } from '../core/spec.js'
import { queue } from '../core/subject.js'

/** One call of one kernel, which can be made again and again. */
export interface KernelCall {
  readonly layer: KernelName
  readonly method: string
  /** Dims, scalars where the signature has them, then storages. */
  readonly args: readonly unknown[]
  run(): void
}

/** The kernel calls of one case on one backend, none of them made yet; making them allocates nothing. */
export interface Calls extends Disposable {
  readonly forward: readonly KernelCall[]
  /** Empty where the case has no backward pass. */
  readonly backward: readonly KernelCall[]
  /** Waits for what was queued. */
  sync(): Promise<unknown>
}

/** A call's arguments under the names of its signature. */
export interface NamedArguments {
  readonly dims: object
  readonly scalars: object
  /** What it reads, also what it updates in place; null where an optional operand is not given. */
  readonly reads: ReadonlyMap<string, unknown>
  /** What it overwrites; null where an output is not wanted. */
  readonly writes: ReadonlyMap<string, unknown>
  readonly updates: ReadonlyMap<string, unknown>
}

export function namedArguments({ layer, method, args }: Pick<KernelCall, 'layer' | 'method' | 'args'>): NamedArguments {
  const methods: { readonly [method: string]: Signature } = signatures[layer]
  const { scalars, reads, updates = [], writes = [] } = methods[method]
  const [dims, second] = args
  const storages = args.slice(scalars ? 2 : 1)
  const at = (names: readonly string[], from: number) => names.map((name, i) => [name, storages[from + i]] as const)
  const updated = at(updates, reads.length)
  return {
    dims: Object(dims),
    scalars: scalars ? Object(second) : {},
    reads: new Map([...at(reads, 0), ...updated]),
    writes: new Map(at(writes, reads.length + updates.length)),
    updates: new Map(updated),
  }
}

/** Uploads the inputs, allocates every output and keeps the calls; `Calls` are good until disposed. */
export function prepare(spec: LayerSpec, backend: Backend, dtype: FloatDType, c: Case): Calls {
  const made: KernelCall[] = []
  const scope = new Scope(recording(backend, dtype, made))
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
    [Symbol.dispose]: () => scope[Symbol.dispose](),
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

/** The backend, where kernel calls of one dtype are kept in `made` instead of being made. */
export function recording(backend: Backend, dtype: FloatDType, made: KernelCall[]): Backend {
  const tables = mapKernels(backend.kernels[dtype], ({ layer, method, name, call }) => (...args) => {
    made.push({ layer, method, args, run: () => queued(`kernel ${name}`, call(...args)) })
  })
  const wrapped: Backend = Object.create(backend, { kernels: { value: { [dtype]: tables } } })
  return wrapped
}
