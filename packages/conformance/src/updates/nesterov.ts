import { updateDefinitions } from '@convkit/api'
import { changed, each } from '../core/inputs.js'
import { map } from '../core/values.js'
import { related } from '../laws/relation.js'
import { zeros } from './common.js'
import { composedSpec } from './composed.js'
import { sgdSpec } from './sgd.js'
import { homogeneous, rest, standstill } from './update.js'

export const nesterovSpec = composedSpec(updateDefinitions.nesterov, (cases) => [
  standstill(cases({})),
  rest(['v'], cases({ fixed: { weightDecay: 0 } })),
  homogeneous('scale', 'a factor on w, g and v is one on the new w and v', { w: 1, g: 1, v: 1 }),

  related(
    'no momentum',
    'without momentum and decay it is plain gradient descent, whatever the velocity was',
    ({ attrs: { learningRate }, inputs: { w, g } }) => ({
      spec: sgdSpec,
      other: { layer: 'sgd', attrs: { learningRate }, inputs: { w, g } },
      carry: ({ w }) => ({ w }),
    }),
    cases({ fixed: { momentum: 0, weightDecay: 0 } }),
  ),

  related(
    'coasting',
    'without a gradient w moves by momentum^2 * v: the same as that as a gradient',
    ({ attrs: { learningRate }, inputs: { w, v } }) => ({
      spec: sgdSpec,
      other: { layer: 'sgd', attrs: { learningRate }, inputs: { w, g: map(v, (value) => value / 4) } },
      carry: ({ w }) => ({ w }),
    }),
    cases({ fixed: { momentum: 0.5, weightDecay: 0 } }).map((c) =>
      changed(c, { inputs: each(c.inputs, { g: zeros }) }),
    ),
  ),

  related(
    'decoupled',
    'decay shrinks the weights by 1 - learningRate * weightDecay before the step, and the velocity never sees it',
    (c) => ({
      // Either part of a multiple of 1/8 is exact.
      other: changed(c, {
        attrs: { weightDecay: 0 },
        inputs: each(c.inputs, { w: (w) => map(w, (value) => value * 0.875) }),
      }),
      carry: (r) => r,
    }),
    cases({ kinds: ['dyadic'], fixed: { learningRate: 0.25, weightDecay: 0.5 } }),
  ),
])
