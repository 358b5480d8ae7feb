import type { Data, ElementLossDims } from '@convkit/api'
import { mapped } from './faults.js'

interface Scalars {
  readonly scale: number
}
type Formula = (x: number, t: number) => number
type Kernel = (d: ElementLossDims, s: Scalars, x: Data, t: Data, out: Data) => void

/** A kernel that computes this of each element, times the scale. */
const kernel =
  (f: Formula): Kernel =>
  ({ size }, { scale }, x, t, out) => {
    for (let i = 0; i < size; i++) out[i] = scale * f(x[i], t[i])
  }

/** Faults of losses of elements: what is computed instead. */
export const elementKernels = {
  forward: (loss: Formula) => ({ forward: kernel(loss) }),
  backward: (slope: Formula) => ({ backward: kernel(slope) }),

  /** The target of the first of four elements serves them all. */
  neighbours: ({ backward }: { readonly backward: Kernel }) => ({
    backward: ((d, s, x, t, dx) =>
      backward(
        d,
        s,
        x,
        mapped(t, (_, i) => t[i - (i % 4)]),
        dx,
      )) satisfies Kernel,
  }),
}
