import { type Composition, derivative, type NamedFunction, operationsOf } from './composition.js'
import { defineLayer, type LayerDefinition } from './defineLayer.js'
import { keysOf } from './record.js'
import type { Scalars } from './scalars.js'
import { type Shape, shapeErrors, sizeOf } from './shape.js'

/** x and t have `size` elements. */
export interface ElementLossDims {
  readonly size: number
}

interface Pass<Output extends string, Scalar extends string> {
  readonly formula: string
  readonly scalars: readonly ['scale', ...Scalar[]]
  readonly reads: readonly ['x', 't']
  readonly writes: readonly [Output]
  readonly composition: Composition
  readonly flops: (d: ElementLossDims) => number
}

/** A loss that treats every element alike, as a value. */
export interface ElementLossDefinition<Name extends string = string, Scalar extends string = string>
  extends LayerDefinition<
    Name,
    (x: Shape, t: Shape) => ElementLossDims,
    { readonly forward: Pass<'terms', Scalar>; readonly backward: Pass<'dx', Scalar> }
  > {
  /** Its hyperparameters. */
  readonly defaults: Scalars<Scalar>
}

/**
 * Defines a loss by l(x, t) of one element x of a prediction and the same element t of its target; `defaults` names its
 * hyperparameters. The gradient and the costs follow from that. A target has no gradient.
 */
export function defineElementLoss<const Name extends string, const Scalar extends string = never>(
  name: Name,
  form: {
    /** l(x, t), in words of mathematics. */
    readonly formula: string
    readonly defaults?: Scalars<Scalar>
    readonly loss: NamedFunction<Scalar | 'x' | 't'>
  },
): ElementLossDefinition<Name, Scalar> {
  // Without them nothing names a hyperparameter.
  const { formula, loss, defaults = {} as Scalars<Scalar> } = form
  const scaled: NamedFunction<Scalar | 'x' | 't' | 'scale'> = (a, of) => a.mul(of('scale'), loss(a, of))
  const slope: NamedFunction<Scalar | 'x' | 't' | 'scale'> = (a, of) => a.mul(of('scale'), derivative(a, loss, of, 'x'))
  const scalars = ['scale', ...keysOf(defaults)] as const
  const pass = <Output extends string>(output: Output, says: string, f: NamedFunction) => {
    const composition: Composition = (a, of) => ({ [output]: f(a, of) })
    const operations = operationsOf(composition)
    return {
      formula: says,
      scalars,
      reads: ['x', 't'],
      writes: [output],
      composition,
      flops: ({ size }: ElementLossDims) => operations * size,
    } as const
  }
  const layer = defineLayer(name, {
    notation: `l(x, t) = ${formula}, and the loss is the sum of the terms.`,

    dims(x: Shape, t: Shape): ElementLossDims {
      const fault = shapeErrors(name, { x, t })
      if (x.length === 0) throw fault('x', 'x must have an axis at least')
      if (x.join() !== t.join()) throw fault('t', `t must have the shape of x`)
      return Object.freeze({ size: sizeOf(x) })
    },

    lengths: ({ size }) => ({ x: size, t: size, terms: size }),
    methods: {
      forward: pass('terms', 'terms[i] = scale * l(x[i], t[i])', scaled),
      backward: pass('dx', 'dx[i] = scale * dl/dx (x[i], t[i])', slope),
    },
  })
  return { ...layer, defaults }
}
