import type { ConcatKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'

export const concat: Emitters<ConcatKernels<Operand>> = {
  /** y[n,i] = x[n,i] for i < left, and z[n,i-left] from there on */
  forward(g, { n, left, right }, x, z, y) {
    y.set(g.concat([x.as([n, left]), z.as([n, right])], 1))
  },

  /** dx[n,i] = dy[n,i]; dz[n,i] = dy[n,left+i] */
  backward(g, { n, left, right }, dy, dx, dz) {
    const upstream = dy.as([n, left + right])
    dx?.set(g.slice(upstream, [0, 0], [n, left]))
    dz?.set(g.slice(upstream, [0, left], [n, right]))
  },
}
