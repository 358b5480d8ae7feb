import { adamw } from '@convkit/api'
import { scalars } from '../core/scalars.js'
import { map } from '../core/values.js'
import { related } from '../laws/relation.js'
import { adamScalars, adamScale, adamSpec, adamStep, stepSweep } from './adam.js'
import { rest, standstill, updateSpec } from './update.js'

/** w = w - learningRate * weightDecay * w, then Adam's step. */
export const adamwSpec = updateSpec({
  update: adamw,
  scalars: { ...adamScalars, weightDecay: scalars([1e-2, 0.5, 0], [1e-6, 1]) },
  squares: ['v'],
  decays: true,

  step(r, of, s, state, g) {
    const decay = r.mul(of('learningRate'), of('weightDecay'))
    const w = r.sub(state.w, r.mul(decay, state.w))
    return adamStep(r, of, s, { ...state, w }, g)
  },

  sweeps: [stepSweep('adamw', { weightDecay: 0.1 })],

  laws: (cases) => [
    standstill(cases({})),
    rest(['m', 'v'], cases({ fixed: { weightDecay: 0 } })),
    adamScale,

    related(
      'no decay',
      'without weight decay it is Adam',
      ({ attrs: { weightDecay: _, ...attrs }, inputs }) => ({
        spec: adamSpec,
        other: { layer: 'adam', attrs, inputs },
        carry: (r) => r,
      }),
      cases({ fixed: { weightDecay: 0 } }),
    ),

    related(
      'decoupled',
      "decay shrinks the weights by 1 - learningRate * weightDecay before Adam's step, and the moments never see it",
      ({ attrs: { weightDecay: _, ...attrs }, ...c }) => ({
        spec: adamSpec,
        // 7/8 of a multiple of 1/8 is exact.
        other: { layer: 'adam', attrs, inputs: { ...c.inputs, w: map(c.inputs.w, (value) => value * 0.875) } },
        carry: (r) => r,
      }),
      cases({ kinds: ['dyadic'], fixed: { learningRate: 0.25, weightDecay: 0.5 } }),
    ),
  ],
})
