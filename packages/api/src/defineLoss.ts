import { defineLayer, type KernelsOf, type LayerDefinition, type ScalarsOf } from './defineLayer.js'
import { type Shape, shapeErrors } from './shape.js'

/** logits (n, classes), labels (n) of int32 in [0, classes), loss (1). */
export interface LossDims {
  readonly n: number
  readonly classes: number
}

type Dims = (logits: Shape, labels: Shape, classesOfLabels?: number) => LossDims

interface Pass<Output extends string> {
  readonly formula: string
  readonly scalars: readonly ['scale']
  readonly reads: readonly ['logits', 'labels']
  readonly writes: readonly [Output]
  readonly flops: (d: LossDims) => number
}

/** A loss of classification, as a value. */
export type LossDefinition<Name extends string = string> = LayerDefinition<
  Name,
  Dims,
  { readonly forward: Pass<'loss'>; readonly backward: Pass<'dlogits'> }
>

/** What the sum over the batch is multiplied by. */
export type LossScale = ScalarsOf<Pass<'loss'>>

/** Losses of classification have one form; each file gives its own formulas. */
export type LossKernels<S> = KernelsOf<LossDefinition, S>

/** Defines a loss; `flops` counts the operations on one logit in a forward pass; the backward pass needs two more. */
export function defineLoss<const Name extends string>(
  name: Name,
  form: { readonly notation: string; readonly forward: string; readonly backward: string; readonly flops: number },
): LossDefinition<Name> {
  const operands = { scalars: ['scale'], reads: ['logits', 'labels'] } as const
  return defineLayer(name, {
    notation: form.notation,

    dims(logits: Shape, labels: Shape, classesOfLabels?: number): LossDims {
      const fault = shapeErrors(name, { logits, labels })
      const [n, classes] = logits
      if (logits.length !== 2 || n === undefined || classes === undefined)
        throw fault('logits', `logits must have 2 axes (N, C) but have ${logits.length}`)
      if (labels.length !== 1 || labels[0] !== n) throw fault('labels', `labels must have shape [${n}]`)
      if (classesOfLabels !== undefined && classesOfLabels > classes)
        throw fault('labels', `labels of ${classesOfLabels} classes do not fit ${classes} logits`)
      return Object.freeze({ n, classes })
    },

    lengths: ({ n, classes }) => ({ logits: n * classes, labels: n, loss: 1 }),
    methods: {
      forward: {
        formula: form.forward,
        ...operands,
        writes: ['loss'],
        flops: ({ n, classes }) => form.flops * n * classes,
      },
      backward: {
        formula: form.backward,
        ...operands,
        writes: ['dlogits'],
        flops: ({ n, classes }) => (form.flops + 2) * n * classes,
      },
    },
  })
}
