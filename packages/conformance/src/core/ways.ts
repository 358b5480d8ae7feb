import {
  type Backend,
  type FloatDType,
  type KernelInfo,
  type KernelName,
  kernelIn,
  kernelInfo,
  queued,
} from '@convkit/api'
import { refuses } from '../capability.js'
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
  prepare(length: number, supplies: Supplies, sign: Sign): ((storage: unknown) => void) | null
}

export type Sign = 'positive' | 'mixed'

/** Storages for the other operands of a call. They hold multiples of 1/64 from 1/2 to 2, some of them below 0 if mixed. */
export interface Supplies {
  numbers(length: number, sign: Sign): Float32Array | Float64Array
  /** Not the one before it; nobody writes to it. */
  read(length: number, sign: Sign): unknown
  /** All 0. */
  labels(length: number): unknown
  /** Its own, to be updated. */
  updated(length: number, sign: Sign): unknown
  /** For results that nobody wants. */
  written(length: number): unknown
}

/** Every way that the backend has to change a float storage. */
export const waysOf = perBackend((backend, dtype): readonly Way[] => {
  const write: Way = {
    name: 'write',
    signed: false,
    overwrites: true,
    prepare(length, { numbers }, sign) {
      const data = numbers(length, sign)
      return (storage) => backend.write(storage, data)
    },
  }
  return [write, ...forms.flatMap((form) => outputsOf(backend, dtype, form))]
})

function outputsOf(backend: Backend, dtype: FloatDType, form: Form): Way[] {
  const { updates, writes } = infoOf(form)
  return namesIn(backend, dtype, form, [...updates, ...writes]).map((output) => ({
    name: `${form.layer}.${form.method} (${output})`,
    signed: form.signed?.includes(output) ?? false,
    overwrites: writes.includes(output),
    prepare(length, supplies, sign) {
      const call = prepareForm(backend, dtype, form, length, supplies, sign, output)
      return call && ((storage) => call.run(new Map([[output, storage]])))
    },
  }))
}

/** A kernel that reads a storage, and changes nothing but its results. */
export interface Reader {
  readonly layer: KernelName
  /** `affine.forward (w)` */
  readonly name: string
  readonly operand: string
  prepare(length: number, supplies: Supplies): PreparedCall | null
}

export const readersOf = perBackend((backend, dtype): readonly Reader[] =>
  forms.flatMap((form) => {
    const { reads, updates } = infoOf(form)
    // Of negative numbers there is no root, and labels are no floats.
    const open = reads.filter((name) => !['variance', 'labels', form.made?.operand].includes(name))
    return namesIn(backend, dtype, form, updates.length > 0 ? [] : open).map((operand) => ({
      layer: form.layer,
      name: `${form.layer}.${form.method} (${operand})`,
      operand,
      prepare: (length, supplies) => prepareForm(backend, dtype, form, length, supplies, 'mixed', operand),
    }))
  }),
)

/** Those of a form's operands that have the length it is asked for; none where its kernel is missing. */
function namesIn(backend: Backend, dtype: FloatDType, form: Form, names: readonly string[]): readonly string[] {
  return kernelOf(backend, dtype, form) ? names.filter((name) => sizeIn(form, name, probe) === probe) : []
}

/** A kernel call with a storage for each operand, or for all but one that is still open. */
export interface PreparedCall {
  /** Makes the call, with some storages in place of its own. */
  run(others?: ReadonlyMap<string, unknown>): void
  readonly dims: object
  readonly kernel: KernelInfo
  readonly storages: ReadonlyMap<string, unknown>
}

/** Null where the backend lacks the kernel or refuses the call. With positive operands results are that are not `signed`. */
export function prepareForm(
  backend: Backend,
  dtype: FloatDType,
  form: Form,
  length: number,
  supplies: Supplies,
  sign: Sign,
  open?: string,
): PreparedCall | null {
  const dims = form.dims(length)
  const call = kernelOf(backend, dtype, form)?.(dims)
  const maker = form.made && { ...form, method: form.made.by }
  const make = maker && kernelOf(backend, dtype, maker)?.(dims)
  if (!call || make === null) return null
  const kernel = infoOf(form)
  const { reads, updates, writes, operands } = kernel
  const storages = new Map<string, unknown>()
  const supply = (names: readonly string[], from: (length: number, sign: Sign) => unknown) => {
    for (const name of names) {
      const size = sizeIn(form, name, length)
      if (name !== open)
        storages.set(
          name,
          name === 'labels' ? supplies.labels(size) : from(size, mayBeNegative(name) ? sign : 'positive'),
        )
    }
  }
  supply(reads, supplies.read)
  supply(updates, supplies.updated)
  supply(writes, supplies.written)
  if (form.made) storages.set(form.made.operand, supplies.written(sizeIn(form, form.made.operand, length)))
  const named = (names: readonly string[], others?: ReadonlyMap<string, unknown>) =>
    names.map((name) => others?.get(name) ?? storages.get(name))
  const made = maker ? infoOf(maker).operands : []
  return {
    run(others) {
      make?.(named(made, others))
      call(named(operands, others))
    },
    ...{ dims, kernel, storages },
  }
}

const infoOf = ({ layer, method }: Form): KernelInfo => kernelInfo(layer, method)

/** A length that no operand has by chance. */
const probe = 1009

export function sizeIn({ sizes }: Form, operand: string, length: number): number {
  return sizes?.(length)[operand] ?? length
}

type Call = (storages: readonly unknown[]) => void

/** The kernel of a form, to be called with dims first; null where it refuses them. Undefined where it is missing. */
function kernelOf(
  backend: Backend,
  dtype: FloatDType,
  { layer, method, scalars }: Form,
): ((d: object) => Call | null) | undefined {
  const kernel = kernelIn(backend.kernels[dtype], layer, method)
  return (
    kernel &&
    ((dims) =>
      refuses(backend, dtype, layer, method, dims)
        ? null
        : (storages) => queued(`kernel ${kernel.name}`, kernel.run({ dims, scalars: scalars ?? null, storages })))
  )
}

/** How many of one length take turns; a prime, so that no two rounds of calls begin alike. */
const several = 37

export function createSupplies(backend: Backend, dtype: FloatDType): Supplies & Disposable {
  const holding = createHolding(backend)
  const shelves = new Map<string, { readonly storages: unknown[]; next: number }>()
  let salt = 0

  function numbers(length: number, sign: Sign): Float32Array | Float64Array {
    const data = dtype === 'float32' ? new Float32Array(length) : new Float64Array(length)
    salt++
    for (let i = 0; i < length; i++) {
      const bits = Math.imul(i + 1 + 1021 * salt, 0x9e3779b1)
      const size = 0.5 + ((bits >>> 8) % 97) / 64
      data[i] = sign === 'mixed' && bits < 0 ? -size : size
    }
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
    read: (length, sign) => inTurn(`${length} ${sign}`, () => holding.put(numbers(length, sign))),
    labels: (length) => inTurn(`${length} labels`, () => holding.put(new Int32Array(length))),
    updated: (length, sign) => holding.put(numbers(length, sign)),
    written: (length) => inTurn(`${length}`, () => holding.alloc(length, dtype)),
    [Symbol.dispose]: () => holding[Symbol.dispose](),
  }
}

/** Variances and second moments are not. */
function mayBeNegative(operand: string): boolean {
  return !['runningVar', 'variance', 'v'].includes(operand)
}

/** The k-th way that suits an operand, or the next that the backend does not refuse. */
export function pickWay(ways: readonly Way[], k: number, operand: string, length: number, supplies: Supplies) {
  const sign = mayBeNegative(operand) ? 'mixed' : 'positive'
  const open = sign === 'mixed' ? ways : ways.filter(({ signed }) => !signed)
  for (let i = 0; i < open.length; i++) {
    const way = open[(k + i) % open.length]
    const change = way.prepare(length, supplies, sign)
    if (change) return { name: way.name, change }
  }
  throw new Error('a write is never refused')
}
