import { defineLayer, type LayerDefinition } from './defineLayer.js'
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
  readonly flops: (d: UpdateDims) => number
}

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

/** Defines an update; `defaults` names its scalars, `flops` counts the operations on one element of a parameter. */
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
    readonly flops: number
  },
): UpdateDefinition<Name, Slots, Scalar> {
  const { formula, slots, defaults, flops } = form
  // The keys of an object literal are those that its type has.
  const scalars = Object.keys(defaults) as Scalar[]
  const update: Step<Slots, Scalar> = {
    formula,
    scalars,
    reads: ['g'],
    updates: [...slots, 'w'],
    flops: ({ size }) => flops * size,
  }
  const layer = defineLayer(name, {
    dims: (w: Shape): UpdateDims => ({ size: sizeOf(w) }),
    lengths: ({ size }) => Object.fromEntries(['g', ...slots, 'w'].map((operand) => [operand, size])),
    methods: { update },
  })
  return { ...layer, slots, defaults }
}
