import type { SgdMomentumKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'

export const sgdMomentum: Emitters<SgdMomentumKernels<Operand>> = {
  update(g, { size }, s, gradient, v, w) {
    const velocity = g.sub(g.mul(s('momentum'), v.as([size])), g.mul(s('learningRate'), gradient.as([size])))
    v.set(velocity)
    w.set(g.add(w.as([size]), velocity))
  },
}
