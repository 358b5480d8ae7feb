import { type AnyKernelTable, type Backend, type FloatDType, Scope, signatures } from '@convkit/api'
import type { Case } from '../core/case.js'
import type { LayerSpec } from '../core/spec.js'
import { queue } from '../core/subject.js'

/** The kernel calls of one case on one backend, which can be made again and again without allocating. */
export interface Calls extends Disposable {
  forward(): void
  /** Null where the case has no backward pass. */
  readonly backward: (() => void) | null
  /** Waits for what was queued. */
  sync(): Promise<unknown>
}

export function prepare(spec: LayerSpec, backend: Backend, dtype: FloatDType, c: Case): Calls {
  const made: (() => void)[] = []
  const scope = new Scope(recording(backend, dtype, made))
  const { dy: _, ...forwardOnly } = c
  const none = Object.fromEntries(Object.values(spec.gradients).map((name) => [name, false]))
  queue(spec, scope, dtype, forwardOnly, none)
  const forwardCalls = made.splice(0).length
  const { outputs } = queue(spec, scope, dtype, c)
  // Both of the whole case, so that a backward pass finds what the forward pass on the same tensors left for it.
  const [forward, backward] = [made.slice(0, forwardCalls), made.slice(forwardCalls)]
  const [some] = Object.values(outputs)
  const all = (calls: readonly (() => void)[]) => () => {
    for (const call of calls) call()
    // A backend that records would else leave out what the next round overwrites.
    backend.mark?.('step')
  }
  return {
    forward: all(forward),
    backward: backward.length > 0 ? all(backward) : null,
    // A value can only be read when all before it is done.
    sync: async () => (backend.sync ? await backend.sync() : await some?.read()),
    [Symbol.dispose]: () => scope[Symbol.dispose](),
  }
}

/** The backend, keeping every kernel call that is made on it. */
function recording(backend: Backend, dtype: FloatDType, made: (() => void)[]): Backend {
  const tables: { [layer: string]: AnyKernelTable<unknown> } = {}
  for (const [layer, methods] of Object.entries(signatures)) {
    // Seen without its types, so that one loop can serve every layer.
    const native = backend.kernels[dtype]?.[layer as keyof typeof signatures] as AnyKernelTable<unknown> | undefined
    if (!native) continue
    const kept = Object.keys(methods).flatMap((method) => {
      const kernel = native[method]?.bind(native)
      if (!kernel) return []
      const keep = (...args: Parameters<typeof kernel>) => {
        made.push(() => kernel(...args))
        kernel(...args)
      }
      return [[method, keep]]
    })
    tables[layer] = {
      ...Object.fromEntries(kept),
      ...(native.unsupported && { unsupported: native.unsupported.bind(native) }),
    }
  }
  const wrapped: Backend = Object.create(backend, { kernels: { value: { [dtype]: tables } } })
  return wrapped
}
