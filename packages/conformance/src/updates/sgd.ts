import { sgd } from '@convkit/api'
import { scalars } from '../core/scalars.js'
import { homogeneous, rest, standstill, updateSpec } from './update.js'

/** w = w - learningRate * g */
export const sgdSpec = updateSpec({
  update: sgd,
  scalars: { learningRate: scalars([1e-2, 0.5, 1, 1e-4], [1e-8, 2]) },
  squares: [],

  step: ({ sub, mul }, of, _s, { w }, g) => ({ w: sub(w, mul(of('learningRate'), g)) }),

  laws: (cases) => [
    standstill(cases({})),
    rest([], cases({})),
    homogeneous('scale', 'a factor on w and g is one on the new w', { w: 1, g: 1 }),
    homogeneous('rate', 'a smaller gradient at a larger rate is the same step', { g: -1, learningRate: 1 }),
  ],
})
