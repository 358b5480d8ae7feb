import { type Conventions, type DeclaredConventions, ourConventions } from '@convkit/api'
import { createConventional } from '@convkit/conformance/internal/conventions/oracle'
import { type Fault, type Mutant, mutants, type Table } from './mutant.js'

type Layer = keyof Conventions

interface ConventionFault<L extends Layer> extends Fault {
  readonly declares: NonNullable<DeclaredConventions[L]>
  /** The kernel that is wrong, made of the right one under what is declared. */
  change(right: Table<L>): Partial<Table<L>>
}

/** Mutants of a backend that declares another convention than ours, and gets that one wrong. */
export function wrongUnder<L extends Layer>(
  layer: L,
  faults: { readonly [name: string]: ConventionFault<L> },
): Mutant[] {
  return mutants(layer, faults, ({ declares, change }) => {
    const conventions = { ...ourConventions, [layer]: { ...ourConventions[layer], ...declares } }
    const right = createConventional(conventions)
    const table = right.kernels.float64?.[layer]
    if (!table) throw new Error('the naive backend has every layer')
    const kernels = { ...right.kernels.float64, [layer]: { ...table, ...change(table) } }
    return { ...right, kernels: { float32: kernels, float64: kernels } }
  })
}
