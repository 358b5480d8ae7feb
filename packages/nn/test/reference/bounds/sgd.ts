import type { UpdateFormula } from './optimizer.js'

/** w = w - learningRate * g */
export const sgd: UpdateFormula = {
  slots: [],
  step: ({ sub, mul }, { of }, { w }, g) => ({ w: sub(w, mul(of('learningRate'), g)) }),
}
