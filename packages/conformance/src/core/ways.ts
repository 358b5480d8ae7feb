import {
  type AnyKernelTable,
  type Backend,
  type FloatDType,
  type KernelName,
  type Signature,
  signatures,
} from '@convkit/api'
import { type Form, forms } from './forms.js'
import { createHolding } from './holding.js'
import { perBackend } from './perBackend.js'

/** One way in which a storage gets other contents: a write, or an output of a kernel. */
export interface Way {
  /** `adam.update (w)` */
  readonly name: string
  /** Whether it may leave negative numbers. */
  readonly signed: boolean
  /** Whether the storage may hold anything before. */
  readonly overwrites: boolean
  /**
   * Makes ready for a storage of this length; what it returns is the change itself, and neither allocates nor writes to
   * any other. Null where the backend refuses the call.
   */
  prepare(length: number, supplies: Supplies): ((storage: unknown) => void) | null
}

/** Storages for the other operands of a call. They hold multiples of 1/8 from 1/2 to 2, or labels that are all 0. */
export interface Supplies {
  numbers(length: number): Float32Array | Float64Array
  /** Not the one before it; nobody writes to it. */
  read(length: number, labels?: boolean): unknown
  /** Its own, to be updated. */
  updated(length: number): unknown
  /** For results that nobody wants. */
  written(length: number): unknown
}

/** Every way that the backend has to change a float storage. */
export const waysOf = perBackend((backend, dtype): readonly Way[] => {
  const write: Way = {
    name: 'write',
    signed: false,
    overwrites: true,
    prepare(length, { numbers }) {
      const data = numbers(length)
      return (storage) => backend.write(storage, data)
    },
  }
  return [write, ...forms.flatMap((form) => outputsOf(backend, dtype, form))]
})

function outputsOf(backend: Backend, dtype: FloatDType, form: Form): Way[] {
  const { layer, method } = form
  const { updates = [], writes = [] } = signatureOf(layer, method)
  if (!kernelOf(backend, dtype, form)) return []
  return [...updates, ...writes].flatMap((output): Way[] => {
    if (sizeIn(form, output, probe) !== probe) return []
    return [
      {
        name: `${layer}.${method} (${output})`,
        signed: form.signed?.includes(output) ?? false,
        overwrites: writes.includes(output),
        prepare: (length, supplies) => callWith(backend, dtype, form, length, output, supplies),
      },
    ]
  })
}

/** The form's call, with one operand to come. Null where the backend refuses it. */
export function callWith(
  backend: Backend,
  dtype: FloatDType,
  form: Form,
  length: number,
  open: string,
  supplies: Supplies,
): ((operand: unknown) => void) | null {
  const call = kernelOf(backend, dtype, form)?.(form.dims(length))
  if (!call) return null
  const { reads, updates = [], writes = [] } = signatureOf(form.layer, form.method)
  const storages = new Map<string, unknown>()
  const supply = (names: readonly string[], from: (length: number, labels: boolean) => unknown) => {
    for (const name of names)
      if (name !== open && !form.shared?.[name]) storages.set(name, from(sizeIn(form, name, length), name === 'labels'))
  }
  supply(reads, supplies.read)
  supply(updates, supplies.updated)
  supply(writes, supplies.written)
  const names = [...reads, ...updates, ...writes].map((name) => form.shared?.[name] ?? name)
  return (operand) => call(names.map((name) => (name === open ? operand : storages.get(name))))
}

/** A length that no operand has by chance. */
const probe = 1009

function sizeIn({ sizes }: Form, operand: string, length: number): number {
  return sizes?.(length)[operand] ?? length
}

function signatureOf(layer: KernelName, method: string): Signature {
  // Seen without its types, so that one function serves every layer.
  return (signatures[layer] as { readonly [method: string]: Signature })[method]
}

type Call = (storages: readonly unknown[]) => void

/** The kernel of a form, to be called with dims first; null where it refuses them. Undefined where it is missing. */
function kernelOf(
  backend: Backend,
  dtype: FloatDType,
  { layer, method, scalars }: Form,
): ((d: object) => Call | null) | undefined {
  // Seen without its types likewise.
  const table = backend.kernels[dtype]?.[layer] as AnyKernelTable<unknown> | undefined
  if (!table?.[method]) return undefined
  return (d) => {
    if (table.unsupported?.(d) != null) return null
    const leading = scalars ? [d, scalars] : [d]
    return (storages) => table[method]?.(...leading, ...storages)
  }
}

/** How many of one length take turns. */
const several = 8

export function createSupplies(backend: Backend, dtype: FloatDType): Supplies & Disposable {
  const holding = createHolding(backend)
  const shelves = new Map<string, { readonly storages: unknown[]; next: number }>()
  let salt = 0

  function numbers(length: number): Float32Array | Float64Array {
    const data = dtype === 'float32' ? new Float32Array(length) : new Float64Array(length)
    salt++
    for (let i = 0; i < length; i++) data[i] = 0.5 + ((7 * i + salt) % 13) / 8
    return data
  }

  function inTurn(key: string, make: () => unknown): unknown {
    const shelf = shelves.get(key) ?? { storages: [], next: 0 }
    shelves.set(key, shelf)
    const at = shelf.next++ % several
    shelf.storages[at] ??= make()
    return shelf.storages[at]
  }

  return {
    numbers,
    read: (length, labels = false) =>
      inTurn(`${length} ${labels}`, () => holding.put(labels ? new Int32Array(length) : numbers(length))),
    updated: (length) => holding.put(numbers(length)),
    written: (length) => inTurn(`${length}`, () => holding.alloc(length, dtype)),
    [Symbol.dispose]: () => holding[Symbol.dispose](),
  }
}
