import { rmsprop } from '@convkit/api'
import { exact } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { related } from '../laws/relation.js'
import { adamSpec } from './adam.js'
import { homogeneous, rest, standstill, updateSpec } from './update.js'

/** v = decayRate * v + (1 - decayRate) * g^2; w = w - learningRate * g / (sqrt(v) + epsilon) */
export const rmspropSpec = updateSpec({
  update: rmsprop,
  scalars: {
    learningRate: scalars([1e-2, 0.1, 0.5], [1e-6, 1]),
    decayRate: scalars([0.99, 0.9, 0.5, 0], [1e-3, 0.9999]),
    epsilon: scalars([1e-8, 1e-3, 0.5], [1e-12, 1]),
  },
  squares: ['v'],

  step({ add, sub, mul, div, sqrt, stored }, of, _s, { w, v }, g) {
    const decayRate = of('decayRate')
    const second = stored(add(mul(decayRate, v), mul(sub(exact(1), decayRate), mul(g, g))))
    return { v: second, w: sub(w, div(mul(of('learningRate'), g), add(sqrt(second), of('epsilon')))) }
  },

  laws: (cases) => [
    standstill(cases({})),
    rest(['v'], cases({})),
    homogeneous('scale', 'gradients of another unit, epsilon in it too, make the same step', {
      g: 3,
      v: 6,
      epsilon: 3,
    }),

    related(
      'late Adam',
      'it is Adam without a first moment, once bias correction has worn off',
      ({ attrs: { decayRate, ...attrs }, inputs }) => ({
        spec: adamSpec,
        // 1 - 0.9^1000 is 1 in either precision.
        other: {
          layer: 'adam',
          attrs: { ...attrs, beta1: 0, beta2: decayRate, step: 1000 },
          inputs: { ...inputs, m: inputs.g },
        },
        carry: ({ w, v }) => ({ w, v }),
      }),
      cases({ fixed: { decayRate: 0.9 } }),
    ),
  ],
})
