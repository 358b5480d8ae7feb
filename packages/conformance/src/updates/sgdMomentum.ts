import { type Conventions, sgdMomentum } from '@convkit/api'
import { changed, each, same } from '../core/inputs.js'
import { scalars } from '../core/scalars.js'
import { map } from '../core/values.js'
import { related } from '../laws/relation.js'
import { zeros } from './common.js'
import { sgdSpec } from './sgd.js'
import { homogeneous, rest, updateSpec } from './update.js'

/** v = momentum * v - learningRate * g, w = w + v; or, as declared, v = momentum * v + g, w = w - learningRate * v */
export const sgdMomentumSpec = updateSpec({
  update: sgdMomentum,
  scalars: {
    learningRate: scalars([1e-2, 0.5, 1, 0], [1e-8, 2]),
    momentum: scalars([0.9, 0.5, 0.99, 0, 1], [1e-3, 1]),
  },
  squares: [],

  step({ add, sub, mul, stored }, of, _s, { w, v }, g, conventions) {
    const [kept, rate] = [mul(of('momentum'), v), of('learningRate')]
    if (isOutside(conventions)) {
      const velocity = stored(add(kept, g))
      return { v: velocity, w: sub(w, mul(rate, velocity)) }
    }
    const velocity = stored(sub(kept, mul(rate, g)))
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
      'without a gradient, v decays by momentum and w moves by it: the same as a gradient of -momentum * v at rate 1; where the rate is outside the velocity, of momentum * v at that rate',
      ({ attrs, inputs: { w, v } }, conventions) => {
        const factor = isOutside(conventions) ? 0.5 : -0.5
        return {
          spec: sgdSpec,
          other: {
            layer: 'sgd',
            attrs: { learningRate: isOutside(conventions) ? attrs.learningRate : 1 },
            inputs: { w, g: map(v, (value) => factor * value) },
          },
          carry: ({ w }) => ({ w }),
        }
      },
      (conventions) =>
        isOutside(conventions)
          ? cases({ fixed: { momentum: 0.5 } }).map((c) => changed(c, { inputs: each(c.inputs, { g: zeros }) }))
          : cases({ fixed: { momentum: 0.5, learningRate: 0 } }),
    ),
  ],
})

const isOutside = ({ sgdMomentum }: Conventions) => sgdMomentum.learningRate === 'outsideVelocity'
