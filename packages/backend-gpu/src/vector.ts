import type { VectorKernels } from '@convkit/api'
import type { Emitters, Operand } from './emit.js'

export const vector: Emitters<VectorKernels<Operand>> = {
  fill(g, { size }, s, y) {
    y.set(g.expand(s('value'), [size]))
  },

  copy(_g, { size }, x, y) {
    y.set(x.as([size]))
  },

  scale(g, { size }, s, y) {
    y.set(g.mul(s('a'), y.as([size])))
  },

  addScaled(g, { size }, s, x, y) {
    y.set(g.add(y.as([size]), g.mul(s('a'), x.as([size]))))
  },

  multiply(g, { size }, x, m, y) {
    y.set(g.mul(x.as([size]), m.as([size])))
  },

  sumOfSquares(g, { size }, x, y) {
    y.set(g.reduce('ReduceSumSquare', x.as([size]), [0]))
  },
}
