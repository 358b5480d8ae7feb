import { adamw, type Conventions } from '@convkit/api'
import { scalars } from '../core/scalars.js'
import { map } from '../core/values.js'
import { related } from '../laws/relation.js'
import { adamScalars, adamScale, adamSpec, adamStep, stepSweep } from './adam.js'
import { rest, standstill, updateSpec } from './update.js'

/** w = w - learningRate * weightDecay * w, or as declared w - weightDecay * w, then Adam's step. */
export const adamwSpec = updateSpec({
  update: adamw,
  scalars: { ...adamScalars, weightDecay: scalars([1e-2, 0.5, 0], [1e-6, 1]) },
  squares: ['v'],
  decays: true,

  step(r, of, s, state, g, conventions) {
    const decay = decaysAlone(conventions) ? of('weightDecay') : r.mul(of('learningRate'), of('weightDecay'))
    const w = r.sub(state.w, r.mul(decay, state.w))
    return adamStep(r, of, s, { ...state, w }, g, conventions.adamw)
  },

  sweeps: [stepSweep('adamw', { weightDecay: 0.1 })],

  laws: (cases) => [
    standstill(cases({}), (c, conventions) => (decaysAlone(conventions) ? Number(c.attrs.weightDecay) : 0)),
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
      (conventions) => cases({ fixed: { weightDecay: 0, ...whereAlike(conventions) } }),
    ),

    related(
      'decoupled',
      "decay shrinks the weights by 1 - learningRate * weightDecay, or as declared 1 - weightDecay, before Adam's step, and the moments never see it",
      ({ attrs: { weightDecay: _, ...attrs }, ...c }, conventions) => ({
        spec: adamSpec,
        // Either part of a multiple of 1/8 is exact.
        other: {
          layer: 'adam',
          attrs,
          inputs: { ...c.inputs, w: map(c.inputs.w, (value) => value * (decaysAlone(conventions) ? 0.5 : 0.875)) },
        },
        carry: (r) => r,
      }),
      (conventions) =>
        cases({ kinds: ['dyadic'], fixed: { learningRate: 0.25, weightDecay: 0.5, ...whereAlike(conventions) } }),
    ),
  ],
})

const decaysAlone = ({ adamw }: Conventions) => adamw.decay === 'alone'

/** Where two places of epsilon make no difference, should Adam's be another: 1 - 0.5^1000 is 1. */
function whereAlike({ adam, adamw }: Conventions): { readonly [name: string]: number } {
  return adam.epsilon === adamw.epsilon ? {} : { beta2: 0.5, step: 1000 }
}
