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

/** Seen without its types, so that one wrapper serves every kernel. */
type Kernel = (dims: object, ...rest: readonly unknown[]) => unknown
type Table = { readonly [method: string]: Kernel | undefined }

const checked = new WeakMap<Table, { [method: string]: Kernel }>()

/** The named kernels of a table; they throw a `QueueError` where they return a promise. */
export function queuedKernels(layer: string, table: Table, methods: readonly string[]): Table {
  const kernels = checked.get(table) ?? {}
  if (!checked.has(table)) checked.set(table, kernels)
  for (const method of methods) kernels[method] ??= checkedKernel(layer, table, method)
  return kernels
}

function checkedKernel(layer: string, table: Table, method: string): Kernel {
  const call = `kernel ${layer}.${method}`
  // Looked up at each call, since tables may change.
  return (...args) => queued(call, table[method]?.(...args))
}

function duty(call: string): string {
  if (call === 'alloc') return 'it must return the storage at once'
  return `${call.startsWith('kernel ') ? 'kernels' : 'it'} must queue and return nothing`
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}
