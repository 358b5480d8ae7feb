import type { SgdKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'

export const sgd: Emitters<SgdKernels<Operand>> = {
  update(g, { size }, s, gradient, w) {
    w.set(g.sub(w.as([size]), g.mul(s('learningRate'), gradient.as([size]))))
  },
}
