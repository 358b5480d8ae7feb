import { type numpy as np, vjp } from '@jax-js/jax'

/** The gradients of sum(dy * f(...primals)), as the library takes them; it takes over every array that it is given. */
export function gradients(
  f: (...primals: np.Array[]) => np.Array,
  primals: readonly np.Array[],
  dy: np.Array,
): readonly np.Array[] {
  const [y, pull] = vjp(f, [...primals])
  y.dispose()
  const results = pull(dy)
  pull.dispose()
  return results
}
