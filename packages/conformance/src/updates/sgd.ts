import { sgd } from '@convkit/api'
import { homogeneous, rest, standstill, updateSpec } from './update.js'

/** w = w - learningRate * g */
export const sgdSpec = updateSpec({
  update: sgd,
  scalars: { learningRate: [1e-2, 0.5, 1, 1e-4] },
  squares: [],

  step: ({ sub, mul }, of, _s, { w }, g) => ({ w: sub(w, mul(of('learningRate'), g)) }),

  laws: (cases) => [
    standstill(cases({})),
    rest([], cases({})),
    homogeneous('scale', 'twice w and g give twice w', { w: 2, g: 2 }),
    homogeneous('rate', 'half the gradient at twice the rate is the same step', { g: 0.5, learningRate: 2 }),
  ],
})
