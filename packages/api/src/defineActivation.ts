import { type Composition, derivative, type ElementFunction, operationsOf } from './composition.js'
import { defineLayer, type LayerDefinition, type Method } from './defineLayer.js'
import { type Shape, sizeOf } from './shape.js'

/** x and y have `size` elements. */
export interface ActivationDims {
  readonly size: number
}

interface Elementwise<Reads extends readonly string[], Writes extends readonly string[]>
  extends Method<ActivationDims> {
  readonly reads: Reads
  readonly writes: Writes
  readonly composition: Composition
}

/** A layer that treats every element alike, as a value. */
export type ActivationDefinition<Name extends string = string> = LayerDefinition<
  Name,
  (x: Shape) => ActivationDims,
  {
    readonly forward: Elementwise<readonly ['x'], readonly ['y']>
    readonly backward: Elementwise<readonly ['dy', 'x'], readonly ['dx']>
  }
>

/** Defines an activation by y(x) of one element; its gradient and its costs follow from that. */
export function defineActivation<const Name extends string>(
  name: Name,
  { formula, y }: { readonly formula: string; readonly y: ElementFunction },
): ActivationDefinition<Name> {
  const forward: Composition = (a, of) => ({ y: y(a, of('x')) })
  const backward: Composition = (a, of) => ({
    dx: a.mul(
      of('dy'),
      derivative(a, (b, named) => y(b, named('x')), of, 'x'),
    ),
  })
  const costs = (composition: Composition) => {
    const operations = operationsOf(composition)
    return { composition, flops: ({ size }: ActivationDims) => operations * size }
  }
  return defineLayer(name, {
    dims: (x: Shape): ActivationDims => Object.freeze({ size: sizeOf(x) }),
    lengths: ({ size }) => ({ x: size, y: size }),
    methods: {
      forward: { formula, reads: ['x'], writes: ['y'], ...costs(forward) },
      backward: { formula: "dx[i] = dy[i] * y'(x[i])", reads: ['dy', 'x'], writes: ['dx'], ...costs(backward) },
    },
  })
}
