import { slot, type UpdateFormula } from './optimizer.js'

/** v = momentum * v - learningRate * g; w = w + v */
export const sgdMomentum: UpdateFormula = {
  slots: ['v'],
  step({ add, sub, mul }, { of }, state, g) {
    const v = sub(mul(of('momentum'), slot(state, 'v')), mul(of('learningRate'), g))
    return { v, w: add(state.w, v) }
  },
}
