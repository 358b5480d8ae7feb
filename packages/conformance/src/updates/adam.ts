import { type AdamScalars, adam, type Conventions, type UpdateName } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each, inputOf } from '../core/inputs.js'
import { type Approx, exact, type Running } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { type Sweep, sweep } from '../core/sweep.js'
import { absolute, map, values } from '../core/values.js'
import { homogeneous, rest, type State, standstill, updateSpec } from './update.js'

/**
 * m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
 * w = w - learningRate * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon), or, with epsilon before the
 * correction, w = w - learningRate * sqrt(1 - beta2^step) * (m / (1 - beta1^step)) / (sqrt(v) + epsilon)
 *
 * Betas may be rounded before 1 - beta is taken, which magnifies u by 1 / (1 - beta). A denominator of at least epsilon
 * keeps a second moment that underflows harmless.
 */
export function adamStep(
  { add, sub, mul, div, sqrt, power, stored }: Running,
  of: (name: keyof AdamScalars) => Approx,
  { step }: AdamScalars,
  { w, m, v }: State,
  g: Approx,
  { epsilon: place }: Conventions['adam'],
): State {
  const [beta1, beta2] = [of('beta1'), of('beta2')]
  const first = stored(add(mul(beta1, m), mul(sub(exact(1), beta1), g)))
  const second = stored(add(mul(beta2, v), mul(sub(exact(1), beta2), mul(g, g))))
  const [correction1, correction2] = [beta1, beta2].map((beta) => sub(exact(1), power(beta, step)))
  const move = mul(of('learningRate'), div(first, correction1))
  const moved =
    place === 'beforeCorrection'
      ? div(mul(sqrt(correction2), move), add(sqrt(second), of('epsilon')))
      : div(move, add(sqrt(div(second, correction2)), of('epsilon')))
  return { m: first, v: second, w: sub(w, moved) }
}

export const adamScalars = {
  learningRate: scalars([1e-3, 0.1, 0.5], [1e-6, 1]),
  beta1: scalars([0.9, 0.5, 0], [1e-3, 0.999]),
  beta2: scalars([0.999, 0.9, 0.5, 0], [1e-3, 0.9999]),
  epsilon: scalars([1e-8, 1e-3, 0.5], [1e-12, 1]),
  step: fc.constantFrom(1, 2, 3, 4, 7, 10, 64, 100, 256, 999, 1000, 1001, 10_000),
}

const steps = [
  ...[1, 2, 3, 4, 7, 10, 64, 100, 127, 128, 129, 255, 256, 257, 999, 1000, 1001, 4096, 10_000],
  ...[32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 100_000, 1_000_000],
]

/** Steps, each with betas whose power of it is far from 0 and from 1, so that bias correction shows. */
export function stepSweep(layer: UpdateName, more: Case['attrs'] = {}): Sweep {
  return sweep('step', steps, (step, random) => {
    const [w, g, m, v] = [0, 1, 2, 3].map(() => values(random, [5], 'normal'))
    const betas = { beta1: step / (step + 1), beta2: step / (step + 0.5) }
    const attrs = { learningRate: 0.1, ...betas, epsilon: 1e-8, step, ...more }
    return { layer, attrs, inputs: { w, g, m, v: absolute(v) } }
  })
}

export const adamScale = homogeneous('scale', 'gradients of another unit, epsilon in it too, make the same step', {
  g: 3,
  m: 3,
  v: 6,
  epsilon: 3,
})

/** At step 1, with moments of zero, bias correction leaves the gradient and its square: w - learningRate * g / (|g| + epsilon). */
const fromZero = (c: Case) => {
  const zeros = (array: Case['inputs'][string]) => map(array, () => 0)
  return changed(c, { inputs: each(c.inputs, { m: zeros, v: zeros }) })
}

export const adamSpec = updateSpec({
  update: adam,
  scalars: adamScalars,
  squares: ['v'],
  step: (r, of, s, state, g, { adam }) => adamStep(r, of, s, state, g, adam),

  sweeps: [stepSweep('adam')],

  laws: (cases) => [
    standstill(cases({})),
    rest(['m', 'v'], cases({})),
    adamScale,
    {
      name: 'first step',
      says: 'the first step from zero is learningRate * g / (|g| + epsilon), nearly the sign of g; an epsilon before the correction counts 1 / sqrt(1 - beta2) times',
      cases: cases({ fixed: { step: 1 } }).map(fromZero),
      async check(subject, c) {
        const [w, g] = [inputOf(c, 'w'), inputOf(c, 'g').data]
        const [rate, beta2] = [Number(c.attrs.learningRate), Number(c.attrs.beta2)]
        const isBefore = subject.unit.conventions.adam.epsilon === 'beforeCorrection'
        const epsilon = Number(c.attrs.epsilon) / (isBefore ? Math.sqrt(1 - beta2) : 1)
        const move = map(w, (_, i) => (rate * g[i]) / (Math.abs(g[i]) + epsilon))
        const expected = map(w, (value, i) => value - move.data[i])
        const bounds = (await subject.bounds(c)).w
        const bound = map(
          bounds,
          (value, i) => value + 4 * 2 ** -53 * (Math.abs(w.data[i]) + 2 * Math.abs(move.data[i])),
        )
        compare(`first step: ${this.says}`, c, await subject.run(c), { w: expected }, { w: bound }, subject)
      },
    },
  ],
})
