import { nn, numpy as np } from '@jax-js/jax'

export interface Moments {
  readonly mean: np.Array
  readonly variance: np.Array
}

/** With axes kept, so that they broadcast. */
export function momentsOf(x: np.Array, axes: number[]): Moments {
  return { mean: np.mean(x.ref, axes, { keepdims: true }), variance: np.var_(x, axes, { keepdims: true }) }
}

export function normalized(x: np.Array, axes: number[], { mean, variance }: Moments, epsilon: number): np.Array {
  return nn.standardize(x, axes, { mean, variance, epsilon })
}
