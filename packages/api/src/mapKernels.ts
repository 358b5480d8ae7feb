import type { Composition } from './composition.js'
import type { AnyKernel, AnyKernelTable, Method, Refusable } from './defineLayer.js'
import { type ComposedKernels, definitions, type KernelName, type KernelTables, kernelNames } from './kernels.js'

/** What every backend's kernel of a name has in common. */
export interface KernelInfo<Layer extends string = KernelName> {
  readonly layer: Layer
  readonly method: string
  /** `conv2d.backward` */
  readonly name: string
  readonly scalars: readonly string[]
  readonly reads: readonly string[]
  /** Read and overwritten in place. */
  readonly updates: readonly string[]
  /** Overwritten; earlier contents are never read. */
  readonly writes: readonly string[]
  /** All of these names, in the order of the arguments. */
  readonly operands: readonly string[]
  /** Those that may be null: not given, or not wanted. */
  readonly optional: readonly string[]
  /** What it computes of each element, where it has one. */
  readonly composition?: Composition
}

/** A kernel with a composition, also of a layer that is not the library's. */
export interface ComposedKernel extends KernelInfo<string> {
  readonly composition: Composition
}

/** One call of a kernel. Storages stand in the order of its operands; null where one is not given, or not wanted. */
export interface KernelCall<S> {
  readonly dims: object
  /** Null where the kernel has none. */
  readonly scalars: object | null
  readonly storages: readonly (S | null)[]
}

/** Makes a call; gives what the kernel returned, which must be nothing. */
export type RunKernel<S> = (call: KernelCall<S>) => unknown

/** A kernel of some backend, for code that treats all kernels alike. */
export interface SomeKernel<S, Layer extends string = KernelName> extends KernelInfo<Layer> {
  readonly run: RunKernel<S>
}

/** A reason not to do a call of one layer, or null. */
export type Refuse = NonNullable<Refusable<object>['unsupported']>

const infos = new Map<string, readonly KernelInfo[]>(
  kernelNames.map((layer) => [
    layer,
    Object.entries<Method<never>>(definitions[layer].methods).map(([name, method]) => infoOf(layer, name, method)),
  ]),
)

export function infoOf<Layer extends string>(layer: Layer, name: string, method: Method<never>): KernelInfo<Layer> {
  const { scalars = [], reads, updates = [], writes = [], optional = [] } = method
  const operands = [...reads, ...updates, ...writes]
  const info = { layer, method: name, name: `${layer}.${name}`, scalars, reads, updates, writes, operands, optional }
  return method.composition ? { ...info, composition: method.composition } : info
}

export const allKernels: readonly KernelInfo[] = [...infos.values()].flat()

/** The kernels of one layer; none where there is no such layer. */
export function kernelsOf(layer: string): readonly KernelInfo[] {
  return infos.get(layer) ?? []
}

/** Errors: plain `Error` where there is no such kernel. */
export function kernelInfo(layer: KernelName, method: string): KernelInfo {
  const info = kernelsOf(layer).find((kernel) => kernel.method === method)
  if (!info) throw new Error(`there is no kernel ${layer}.${method}`)
  return info
}

/** A kernel of these tables; undefined where they lack it. It is looked up at each call, since tables may change. */
export function kernelIn<S>(
  tables: KernelTables<S> | undefined,
  layer: string,
  method: string,
): SomeKernel<S> | undefined {
  const info = kernelsOf(layer).find((kernel) => kernel.method === method)
  if (!info || !tableIn(tables, info.layer)?.[method]) return undefined
  const run: RunKernel<S> = ({ dims, scalars, storages }) => {
    const table = tableIn(tables, info.layer)
    return info.scalars.length > 0
      ? table?.[method]?.(dims, scalars, ...storages)
      : table?.[method]?.(dims, ...storages)
  }
  return { ...info, run }
}

/** What a layer's table refuses; undefined where it is absent or refuses nothing. */
export function refuseIn<S>(tables: KernelTables<S> | undefined, layer: KernelName): Refuse | undefined {
  const table = tableIn(tables, layer)
  return table?.unsupported?.bind(table)
}

/** Tables of the kernels that `make` gives; a layer of which it gives none has no table. */
export function makeKernels<S>(
  make: (kernel: KernelInfo) => RunKernel<S> | undefined,
  refuse: (layer: KernelName) => Refuse | undefined = () => undefined,
): KernelTables<S> {
  const tables: { [layer: string]: { [method: string]: AnyKernel<S> | Refuse } } = {}
  for (const layer of kernelNames) {
    const table: { [method: string]: AnyKernel<S> | Refuse } = {}
    for (const kernel of kernelsOf(layer)) {
      const run = make(kernel)
      if (run) table[kernel.method] = taking(kernel, run)
    }
    if (Object.keys(table).length === 0) continue
    const unsupported = refuse(layer)
    tables[layer] = { ...table, ...(unsupported && { unsupported }) }
  }
  // Every method stands in `definitions`, which has an entry for each of every table.
  return tables as KernelTables<S>
}

/** Tables of all kernels with a composition, by what `make` makes of it. */
export function composeKernels<S>(make: (kernel: ComposedKernel) => RunKernel<S>): ComposedKernels<S> {
  const tables = makeKernels<S>((kernel) => (isComposed(kernel) ? make(kernel) : undefined))
  // All methods of a composed layer have a composition.
  return tables as ComposedKernels<S>
}

export function isComposed<Layer extends string>(
  kernel: KernelInfo<Layer>,
): kernel is ComposedKernel & KernelInfo<Layer> {
  return kernel.composition !== undefined
}

/** The same tables with what `visit` makes of each kernel, also on other storages; undefined leaves it out. */
export function mapKernels<S, T = S>(
  tables: KernelTables<S> | undefined,
  visit: (kernel: SomeKernel<S>) => RunKernel<T> | undefined,
): KernelTables<T> {
  return makeKernels(
    ({ layer, method }) => {
      const kernel = kernelIn(tables, layer, method)
      return kernel && visit(kernel)
    },
    (layer) => refuseIn(tables, layer),
  )
}

/** A call's storages by the names of its operands. */
export function namedStorages<S>(
  { operands }: Pick<KernelInfo, 'operands'>,
  { storages }: KernelCall<S>,
): ReadonlyMap<string, S | null> {
  return new Map(operands.map((name, i) => [name, storages[i] ?? null]))
}

/** The function that takes a call apart: `kernel(dims, scalars?, ...storages)`. */
export function taking<S>({ scalars }: Pick<KernelInfo, 'scalars'>, run: RunKernel<S>): AnyKernel<S> {
  return scalars.length > 0
    ? (dims, fed, ...storages) => run({ dims, scalars: fed as object, storages: storages as (S | null)[] })
    : (dims, ...storages) => run({ dims, scalars: null, storages: storages as (S | null)[] })
}

/** Seen without its types, so that one function serves every kernel. */
function tableIn<S>(tables: KernelTables<S> | undefined, layer: KernelName): AnyKernelTable<S> | undefined {
  return tables?.[layer] as AnyKernelTable<S> | undefined
}
