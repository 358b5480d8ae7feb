import type { Backend, Data, KernelName } from '@convkit/api'
import { type Fault, type KernelFault, kernelMutants, type Mutant, mutants, type Table } from '../mutants/mutant.js'

/** A fault that a library really had, planted in the naive backend under the conditions that its report names. */
export interface Exhibit extends Mutant {
  /** The page of the library's tracker that reports it. */
  readonly link: string
}

export interface Reported {
  readonly link: string
}

/** Exhibits that are faults of one layer's kernels; `options` are those of `kernelMutants`. */
export function kernelExhibits<L extends KernelName>(
  layer: L,
  faults: { readonly [name: string]: KernelFault<L> & Reported },
  options: { readonly row?: string; readonly right?: Table<L> } = {},
): Exhibit[] {
  return linked(kernelMutants(layer, faults, options), faults)
}

/** Exhibits of any other kind. */
export function exhibits<F extends Fault & Reported>(
  layer: string,
  faults: { readonly [name: string]: F },
  create: (fault: F) => Backend<Data>,
): Exhibit[] {
  return linked(mutants(layer, faults, create), faults)
}

function linked(planted: readonly Mutant[], faults: { readonly [name: string]: Reported }): Exhibit[] {
  const links = Object.values(faults).map(({ link }) => link)
  return planted.map((mutant, i) => ({ ...mutant, link: links[i] }))
}

/** The library whose tracker a link leads to: `pytorch` of `https://github.com/pytorch/pytorch/issues/1`. */
export function libraryOf({ link }: Reported): string {
  return new URL(link).pathname.split('/')[2]
}

/** `#1` of `https://github.com/pytorch/pytorch/issues/1`. */
export function issueOf({ link }: Reported): string {
  return `#${new URL(link).pathname.split('/').at(-1)}`
}

/** A real fault that cannot be planted behind the interface. */
export interface Inexpressible extends Reported {
  /** What the library got wrong, in one sentence. */
  readonly says: string
  /** What it takes that the interface does not have: strides, layouts, dtypes, dynamic shapes. */
  readonly takes: string
}
