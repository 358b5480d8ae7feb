import type { Composition } from './composition.js'
import type { Queued } from './queued.js'

/** One kernel of a layer. Storages follow the dims and the scalars, in the order reads, updates, writes. */
export interface Method<Dims> {
  /** What it computes, in the letters of its operands. */
  readonly formula: string
  /** Numbers that are fed at every call. */
  readonly scalars?: readonly string[]
  readonly reads: readonly string[]
  /** Read and overwritten in place. */
  readonly updates?: readonly string[]
  /** Overwritten; earlier contents are never read. */
  readonly writes?: readonly string[]
  /** Operands that may be null: not given, or not wanted. */
  readonly optional?: readonly string[]
  /** What it computes of each element, where it treats all of them alike: a backend then needs no kernel of its own. */
  readonly composition?: Composition
  /** Operations; `wanted` says of an output whether it is computed. A bias counts also where there is none. */
  readonly flops: (d: Dims, wanted: (output: string) => boolean) => number
}

type AnyDims = (...args: never) => object

/** What the kernels of a layer are, for every backend alike. */
export interface LayerForm<D extends AnyDims, Methods> {
  /** What the formulas of several methods share. */
  readonly notation?: string
  /** Shapes and options, checked and resolved into plain numbers, which a backend may compile into a program. */
  readonly dims: D
  /** Elements of each operand. A gradient is as long as what it belongs to: `dx` as `x`, `dy` as `y`. */
  readonly lengths: (d: ReturnType<D>, method: string) => { readonly [operand: string]: number }
  readonly methods: Methods
}

/** A layer as a value: its kernels, their operands, costs and formulas. */
export interface LayerDefinition<
  Name extends string = string,
  D extends AnyDims = AnyDims,
  Methods = { readonly [name: string]: Method<never> },
> extends LayerForm<D, Methods> {
  readonly name: Name
}

/**
 * Defines a layer; its word is the file's name. The types of its kernels follow from the value: `KernelsOf`. Listed in
 * `kernels.ts`, it has a line in every table, and the compiler names the tables that lack it.
 */
export function defineLayer<
  const Name extends string,
  D extends AnyDims,
  const Methods extends { readonly [name: string]: Method<ReturnType<D>> },
>(name: Name, form: LayerForm<D, Methods>): LayerDefinition<Name, D, Methods> {
  return { name, ...form }
}

/** Whether each output of a call is wanted: `{ dx: true, dw: false, db: true }`. */
export type WantedOutputs = { readonly [output: string]: boolean }

/** What every kernel table may add. */
export interface Refusable<Dims> {
  /**
   * A reason this backend cannot do this call of `method`, or null. `wanted` has every output of the method; those that are
   * not wanted are null in the call. Absent means it can do all calls.
   */
  unsupported?(d: Dims, method: string, wanted: WantedOutputs): string | null
}

/** A kernel seen without its types, for code that treats all alike: dims, scalars where it has any, then storages. */
export type AnyKernel<S> = (dims: object, ...rest: readonly (object | S | null)[]) => unknown
export type AnyKernelTable<S> = { readonly [method: string]: AnyKernel<S> | undefined } & Refusable<unknown>

type Names<M, Kind extends string> = M extends { readonly [K in Kind]: infer All extends readonly string[] } ? All : []
type Storages<S, All, Optional> = { [I in keyof All]: All[I] extends Optional ? S | null : S }
type OptionalOf<M> = Names<M, 'optional'>[number]

/** The scalars of one method, all of them numbers. */
export type ScalarsOf<M> = { readonly [Name in Names<M, 'scalars'>[number]]: number }

/** `kernel(d, s?, ...reads, ...updates, ...writes)`. A method, not a property: storages of a backend stand for unknown ones. */
interface Kernel<D, M, S> {
  call(
    d: D,
    ...rest: [
      ...([Names<M, 'scalars'>[number]] extends [never] ? [] : [s: ScalarsOf<M>]),
      ...Storages<S, Names<M, 'reads'>, OptionalOf<M>>,
      ...Storages<S, Names<M, 'updates'>, OptionalOf<M>>,
      ...Storages<S, Names<M, 'writes'>, OptionalOf<M>>,
    ]
  ): Queued
}

/** The kernels of a layer on a backend whose storage is `S`. */
export type KernelsOf<L extends LayerDefinition, S> = {
  [M in keyof L['methods']]: Kernel<ReturnType<L['dims']>, L['methods'][M], S>['call']
} & Refusable<ReturnType<L['dims']>>

/** What a kernel overwrites: first what it updates in place. */
export function outputsOf({ updates = [], writes = [] }: Pick<Method<never>, 'updates' | 'writes'>): readonly string[] {
  return [...updates, ...writes]
}
