import { type Composition, derivative, type Operations, operationsOf } from './composition.js'
import { defineLayer, type LayerDefinition, type Method } from './defineLayer.js'
import { keysOf } from './record.js'
import type { Scalars } from './scalars.js'
import { type Shape, sizeOf } from './shape.js'

/** x and y have `size` elements. */
export interface ActivationDims {
  readonly size: number
}

interface Elementwise<Reads extends readonly string[], Writes extends readonly string[], Scalar extends string>
  extends Method<ActivationDims> {
  readonly scalars: readonly Scalar[]
  readonly reads: Reads
  readonly writes: Writes
  readonly composition: Composition
}

/** A layer that treats every element alike, as a value. */
export interface ActivationDefinition<Name extends string = string, Scalar extends string = string>
  extends LayerDefinition<
    Name,
    (x: Shape) => ActivationDims,
    {
      readonly forward: Elementwise<readonly ['x'], readonly ['y'], Scalar>
      readonly backward: Elementwise<readonly ['dy', 'x'], readonly ['dx'], Scalar>
    }
  > {
  readonly defaults: Scalars<Scalar>
}

/** y(x) of one element; `of` gives the scalars. */
export type ActivationFunction<Scalar extends string> = <V>(a: Operations<V>, x: V, of: (scalar: Scalar) => V) => V

/** Defines an activation by y(x) of one element; its gradient and its costs follow from that. `defaults` names its scalars. */
export function defineActivation<const Name extends string, const Scalar extends string = never>(
  name: Name,
  form: {
    readonly formula: string
    readonly y: ActivationFunction<Scalar>
    readonly defaults?: Scalars<Scalar>
  },
): ActivationDefinition<Name, Scalar> {
  // Without them nothing names a scalar.
  const { formula, y, defaults = {} as Scalars<Scalar> } = form
  const forward: Composition = (a, of) => ({ y: y(a, of('x'), of) })
  const backward: Composition = (a, of) => ({
    dx: a.mul(
      of('dy'),
      derivative(a, (b, named) => y(b, named('x'), named), of, 'x'),
    ),
  })
  const scalars = keysOf(defaults)
  const costs = (composition: Composition) => {
    const operations = operationsOf(composition)
    return { scalars, composition, flops: ({ size }: ActivationDims) => operations * size }
  }
  const layer = defineLayer(name, {
    dims: (x: Shape): ActivationDims => Object.freeze({ size: sizeOf(x) }),
    lengths: ({ size }) => ({ x: size, y: size }),
    methods: {
      forward: { formula, reads: ['x'], writes: ['y'], ...costs(forward) },
      backward: { formula: "dx[i] = dy[i] * y'(x[i])", reads: ['dy', 'x'], writes: ['dx'], ...costs(backward) },
    },
  })
  return { ...layer, defaults }
}
