import { type FloatTensor, Scope, type Shape, sizeOf } from '@convkit/api'
import { expect } from 'vitest'
import { createNaive } from '../src/index.js'
import { draw } from './draw.js'

export interface Operand {
  readonly shape: Shape
  readonly data: Float64Array
}

type Tensors<K extends string> = { readonly [P in K]: FloatTensor }

export type Differentiable<K extends string> = (
  scope: Scope,
  inputs: Tensors<K>,
) => {
  readonly y: FloatTensor
  backward(dy: FloatTensor, values: Float64Array): { readonly [gradient: string]: FloatTensor }
}

const step = 1e-5

/**
 * Holds `backward` against central differences of sum(dy * y) with a random dy. The differences of a smooth function of
 * order one err by step^2 from the third derivative and by 2^-53 / step from rounding: both are near 1e-10.
 */
export async function expectGradients<K extends string>(
  inputs: { readonly [P in K]: Operand },
  layer: Differentiable<K>,
  tolerance = 1e-8,
): Promise<void> {
  using scope = new Scope(createNaive())
  const names = Object.keys(inputs) as K[]

  function upload(owner: Scope): Tensors<K> {
    const entries = names.map((name) => [name, owner.from(inputs[name].data, inputs[name].shape)])
    // One tensor for each name of K.
    return Object.fromEntries(entries) as Tensors<K>
  }

  const tensors = upload(scope)
  const { y, backward } = layer(scope, tensors)
  const dy = draw(y.size)(y.size)
  const gradients = backward(scope.from(dy, y.shape), dy)

  async function weighted(): Promise<number> {
    using trial = scope.child()
    const values = await layer(trial, upload(trial)).y.read()
    let sum = 0
    for (let i = 0; i < dy.length; i++) sum += dy[i] * values[i]
    return sum
  }

  for (const name of names) {
    const { data, shape } = inputs[name]
    const analytic = await gradients[`d${name}`].read()
    expect(analytic.length, `d${name}`).toBe(sizeOf(shape))
    for (let i = 0; i < data.length; i++) {
      const value = data[i]
      data[i] = value + step
      const above = await weighted()
      data[i] = value - step
      const below = await weighted()
      data[i] = value
      const numeric = (above - below) / (2 * step)
      const error = Math.abs(numeric - analytic[i]) / Math.max(1, Math.abs(numeric))
      expect(error, `d${name}[${i}]: numeric ${numeric}, analytic ${analytic[i]}`).toBeLessThanOrEqual(tolerance)
    }
  }
}
