import { slot, type UpdateFormula } from './optimizer.js'

/** v = decayRate * v + (1 - decayRate) * g^2; w = w - learningRate * g / (sqrt(v) + epsilon) */
export const rmsprop: UpdateFormula = {
  slots: ['v'],
  step({ exact, add, sub, mul, div, sqrt }, { of }, state, g) {
    const decayRate = of('decayRate')
    const v = add(mul(decayRate, slot(state, 'v')), mul(sub(exact(1), decayRate), mul(g, g)))
    const step = div(mul(of('learningRate'), g), add(sqrt(v), of('epsilon')))
    return { v, w: sub(state.w, step) }
  },
}
