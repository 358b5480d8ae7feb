import { type Conventions, rmsprop } from '@convkit/api'
import type { Case } from '../core/case.js'
import { exact } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { map } from '../core/values.js'
import { type Relation, related } from '../laws/relation.js'
import { adamSpec } from './adam.js'
import { homogeneous, rest, standstill, updateSpec } from './update.js'

/** v = decayRate * v + (1 - decayRate) * g^2; w = w - learningRate * g / (sqrt(v) + epsilon), or / sqrt(v + epsilon) */
export const rmspropSpec = updateSpec({
  update: rmsprop,
  scalars: {
    learningRate: scalars([1e-2, 0.1, 0.5], [1e-6, 1]),
    decayRate: scalars([0.99, 0.9, 0.5, 0], [1e-3, 0.9999]),
    epsilon: scalars([1e-8, 1e-3, 0.5], [1e-12, 1]),
  },
  squares: ['v'],

  step({ add, sub, mul, div, sqrt, stored }, of, _s, { w, v }, g, conventions) {
    const [decayRate, epsilon] = [of('decayRate'), of('epsilon')]
    const second = stored(add(mul(decayRate, v), mul(sub(exact(1), decayRate), mul(g, g))))
    const root = isInside(conventions) ? sqrt(add(second, epsilon)) : add(sqrt(second), epsilon)
    return { v: second, w: sub(w, div(mul(of('learningRate'), g), root)) }
  },

  laws: (cases) => [
    standstill(cases({})),
    rest(['v'], cases({})),
    homogeneous('scale', 'gradients of another unit, epsilon in it too, make the same step', (conventions) => ({
      g: 3,
      v: 6,
      epsilon: isInside(conventions) ? 6 : 3,
    })),

    related(
      'late Adam',
      'it is Adam without a first moment, once bias correction has worn off; an epsilon inside the root is a part of v',
      (c, conventions) => (isInside(conventions) ? withinMoment(c) : asAdam(c)),
      (conventions) =>
        isInside(conventions)
          ? cases({ kinds: ['dyadic'], fixed: { decayRate: 0.5, epsilon: 0.5 } })
          : cases({ fixed: { decayRate: 0.9 } }),
    ),
  ],
})

const isInside = ({ rmsprop }: Conventions) => rmsprop.epsilon === 'insideRoot'

/** 1 - 0.9^1000 is 1 in either precision. */
const late = { beta1: 0, step: 1000 }

function asAdam({ attrs: { decayRate, ...attrs }, inputs }: Case): Relation {
  return {
    spec: adamSpec,
    other: { layer: 'adam', attrs: { ...attrs, ...late, beta2: decayRate }, inputs: { ...inputs, m: inputs.g } },
    carry: ({ w, v }) => ({ w, v }),
  }
}

/** v + epsilon / decayRate decays to what v decays to, and epsilon. Both are exact here. */
function withinMoment({ attrs: { decayRate, epsilon, ...attrs }, inputs }: Case): Relation {
  const v = map(inputs.v, (value) => value + Number(epsilon) / Number(decayRate))
  return {
    spec: adamSpec,
    other: {
      layer: 'adam',
      attrs: { ...attrs, ...late, beta2: decayRate, epsilon: 0 },
      inputs: { ...inputs, v, m: inputs.g },
    },
    carry: ({ w }) => ({ w }),
  }
}
