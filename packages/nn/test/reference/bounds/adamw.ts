import { adamStep } from './adam.js'
import type { UpdateFormula } from './optimizer.js'

/** w = w - learningRate * weightDecay * w, then Adam's step. */
export const adamw: UpdateFormula = {
  slots: ['m', 'v'],
  step(r, s, state, g) {
    const decay = r.mul(s.of('learningRate'), s.of('weightDecay'))
    return adamStep(r, s, { ...state, w: r.sub(state.w, r.mul(decay, state.w)) }, g)
  },
}
