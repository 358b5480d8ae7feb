import { QueueError } from './errors.js'

/**
 * What every kernel, `write`, `free` and `mark` return: nothing. They queue, and nobody waits for a promise, so a function
 * that returns one is a type error.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: any function fits `void` alone, async ones too; `undefined` alone is too strict
export type Queued = void | undefined

/** What a call returned, or a `QueueError` where that is a promise. What becomes of the promise is nobody's business then. */
export function queued<R>(call: string, returned: R): R {
  if (!isPromise(returned)) return returned
  returned.then(undefined, () => {})
  throw new QueueError(`${call} returned a promise; ${duty(call)}`)
}

/** The named kernels of a table; they throw a `QueueError` where they return a promise. */
export function queuedKernels<T extends object>(layer: string, table: T, methods: readonly string[]): T {
  // Seen without its types, so that one wrapper serves every kernel.
  const kernels = table as { readonly [method: string]: (...args: readonly unknown[]) => unknown }
  const wrapped = methods.map((method) => [
    method,
    (...args: readonly unknown[]) => queued(`kernel ${layer}.${method}`, kernels[method]?.(...args)),
  ])
  return Object.fromEntries(wrapped)
}

function duty(call: string): string {
  if (call === 'alloc') return 'it must return the storage at once'
  return `${call.startsWith('kernel ') ? 'kernels' : 'it'} must queue and return nothing`
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}
