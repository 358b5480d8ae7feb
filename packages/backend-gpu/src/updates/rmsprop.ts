import type { RmspropKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'

export const rmsprop: Emitters<RmspropKernels<Operand>> = {
  update(g, { size }, s, gradient, v, w) {
    const dw = gradient.as([size])
    const fresh = s('1 - decayRate', ({ decayRate }) => 1 - decayRate)
    const squares = g.add(g.mul(s('decayRate'), v.as([size])), g.mul(fresh, g.mul(dw, dw)))
    v.set(squares)
    const root = g.add(g.unary('Sqrt', squares), s('epsilon'))
    w.set(g.sub(w.as([size]), g.div(g.mul(s('learningRate'), dw), root)))
  },
}
