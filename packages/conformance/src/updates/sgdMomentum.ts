import { sgdMomentum } from '@convkit/api'
import { same } from '../core/inputs.js'
import { scalars } from '../core/scalars.js'
import { related } from '../laws/relation.js'
import { sgdSpec } from './sgd.js'
import { homogeneous, rest, updateSpec } from './update.js'

/** v = momentum * v - learningRate * g; w = w + v */
export const sgdMomentumSpec = updateSpec({
  update: sgdMomentum,
  scalars: {
    learningRate: scalars([1e-2, 0.5, 1, 0], [1e-8, 2]),
    momentum: scalars([0.9, 0.5, 0.99, 0, 1], [1e-3, 1]),
  },
  squares: [],

  step({ add, sub, mul, stored }, of, _s, { w, v }, g) {
    const velocity = stored(sub(mul(of('momentum'), v), mul(of('learningRate'), g)))
    return { v: velocity, w: add(w, velocity) }
  },

  laws: (cases) => [
    rest(['v'], cases({})),
    homogeneous('scale', 'a factor on w, g and v is one on the new w and v', { w: 1, g: 1, v: 1 }),

    related(
      'no momentum',
      'without momentum it is plain gradient descent, whatever the velocity was',
      ({ attrs, inputs: { w, g } }) => ({
        spec: sgdSpec,
        other: { layer: 'sgd', attrs: { learningRate: attrs.learningRate }, inputs: { w, g } },
        carry: ({ w }) => ({ w: same(w) }),
      }),
      cases({ fixed: { momentum: 0 } }),
    ),

    related(
      'coasting',
      'without a gradient, v decays by momentum and w moves by it: the same as a gradient of -momentum * v at rate 1',
      (c) => ({
        spec: sgdSpec,
        other: {
          layer: 'sgd',
          attrs: { learningRate: 1 },
          inputs: { w: c.inputs.w, g: { ...c.inputs.v, data: c.inputs.v.data.map((value) => -0.5 * value) } },
        },
        carry: ({ w }) => ({ w }),
      }),
      cases({ fixed: { momentum: 0.5, learningRate: 0 } }),
    ),
  ],
})
