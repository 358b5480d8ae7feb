import type { Backend, Data, FloatDType, KernelName, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** A right backend with one planted fault, such as authors of kernels make. */
export interface Mutant {
  /** `conv2d/strides-swapped` */
  readonly name: string
  /** What it gets wrong, in one sentence. */
  readonly says: string
  /** The layer whose checks it meets; `backend` for storage and queue. */
  readonly layer: string
  /** Checks expected to kill it, named before any was run: ids without their dtype, `conv2d/stride`. */
  readonly killers: readonly string[]
  /** A fresh one, with no memory of earlier calls. */
  create(): Backend<Data>
}

export type Table<L extends KernelName> = NonNullable<Kernels<Data>[L]>

/** What a family's file says of one mutant; its killers may leave out the family's layer. */
export interface Fault {
  readonly says: string
  readonly killers: readonly string[]
}

export interface KernelFault<L extends KernelName> extends Fault {
  /** Where only one table is wrong. */
  readonly dtype?: FloatDType
  /** The methods that are wrong, made of the right ones. */
  change(right: Table<L>): Partial<Table<L>>
}

type Arguments<T, M extends keyof T> = T[M] extends (...args: infer A) => unknown ? A : never

/** The right kernel, and then a fault in what it was given or gave. */
export function after<T, M extends keyof T>(
  method: M,
  fault: (...args: Arguments<T, M>) => void,
): (right: T) => Partial<T> {
  return replaced(method, (kernel, args: Arguments<T, M>) => {
    kernel(...args)
    fault(...args)
  })
}

/** The right kernel, given other arguments than its own. */
export function given<T, M extends keyof T>(
  method: M,
  others: (...args: Arguments<T, M>) => readonly [...Arguments<T, M>],
): (right: T) => Partial<T> {
  return replaced(method, (kernel, args: Arguments<T, M>) => kernel(...others(...args)))
}

function replaced<T, A extends readonly unknown[]>(
  method: keyof T,
  run: (kernel: (...args: A) => void, args: A) => void,
): (right: T) => Partial<T> {
  return (right) => {
    // Its arguments are those that the method's name says.
    const kernel = right[method] as (...args: A) => void
    return { [method]: (...args: A) => run(kernel, args) } as Partial<T>
  }
}

/** Mutants of one layer's kernels. `right` is for tables that the naive backend lacks. */
export function kernelMutants<L extends KernelName>(
  layer: L,
  faults: { readonly [name: string]: KernelFault<L> },
  { row = layer, right }: { readonly row?: string; readonly right?: Table<L> } = {},
): Mutant[] {
  return mutants(row, faults, ({ dtype, change }) => {
    const naive = createNaive()
    const wrong = (own: FloatDType): Partial<Kernels<Data>> => {
      const kernels = naive.kernels[own]
      const table = right ?? kernels?.[layer]
      return !table || (dtype && dtype !== own)
        ? { ...kernels }
        : { ...kernels, [layer]: { ...table, ...change(table) } }
    }
    return { ...naive, kernels: { float32: wrong('float32'), float64: wrong('float64') } }
  })
}

/** A mutant for each fault. */
export function mutants<F extends Fault>(
  layer: string,
  faults: { readonly [name: string]: F },
  create: (fault: F) => Backend<Data>,
): Mutant[] {
  return Object.entries(faults).map(([name, fault]) => ({
    name: `${layer}/${name}`,
    says: fault.says,
    layer,
    killers: fault.killers.map((killer) => (killer.includes('/') ? killer : `${layer}/${killer}`)),
    create: () => create(fault),
  }))
}
