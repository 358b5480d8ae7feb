import { type Composition, type Operations, operationsOf } from './composition.js'
import { defineLayer, type LayerDefinition } from './defineLayer.js'
import { keysOf } from './record.js'
import { type Shape, sizeOf } from './shape.js'

/** w, its gradient g and each slot of state have `size` elements. */
export interface UpdateDims {
  readonly size: number
}

interface Step<Slots extends readonly string[], Scalar extends string> {
  readonly formula: string
  readonly scalars: readonly Scalar[]
  readonly reads: readonly ['g']
  readonly updates: readonly [...Slots, 'w']
  readonly composition?: Composition
  readonly flops: (d: UpdateDims) => number
}

/** The step of one element: w and the slots after it, in terms of g, w, the slots and the scalars before it. */
export type StepFunction<Slot extends string, Scalar extends string> = <V>(
  a: Operations<V>,
  of: (name: Slot | Scalar | 'g' | 'w') => V,
) => { readonly [Output in Slot | 'w']: V }

type Dims = (w: Shape) => UpdateDims

/** An optimizer's step on one parameter, as a value. */
export interface UpdateDefinition<
  Name extends string = string,
  Slots extends readonly string[] = readonly string[],
  Scalar extends string = string,
> extends LayerDefinition<Name, Dims, { readonly update: Step<Slots, Scalar> }> {
  /** Names of the state tensors, each shaped like the parameter and zero at the start. */
  readonly slots: Slots
  readonly defaults: { readonly [S in Scalar]: number }
}

export type UpdateScalars<U extends UpdateDefinition> = U['defaults']

/**
 * Defines an update; `defaults` names its scalars. Either `step` composes it, and nothing else has to be written for it, or
 * `flops` counts the operations on one element of a parameter, and every backend has a kernel of its own.
 */
export function defineUpdate<
  const Name extends string,
  const Slots extends readonly string[],
  const Scalar extends string,
>(
  name: Name,
  form: {
    readonly formula: string
    readonly slots: Slots
    readonly defaults: { readonly [S in Scalar]: number }
  } & ({ readonly flops: number } | { readonly step: StepFunction<Slots[number], Scalar> }),
): UpdateDefinition<Name, Slots, Scalar> {
  const { formula, slots, defaults } = form
  const composition: Composition | undefined = 'step' in form ? form.step : undefined
  const flops = 'flops' in form ? form.flops : operationsOf(form.step)
  const scalars = keysOf(defaults)
  const update: Step<Slots, Scalar> = {
    formula,
    scalars,
    reads: ['g'],
    updates: [...slots, 'w'],
    ...(composition && { composition }),
    flops: ({ size }) => flops * size,
  }
  const layer = defineLayer(name, {
    dims: (w: Shape): UpdateDims => ({ size: sizeOf(w) }),
    lengths: ({ size }) => Object.fromEntries(['g', ...slots, 'w'].map((operand) => [operand, size])),
    methods: { update },
  })
  return { ...layer, slots, defaults }
}
