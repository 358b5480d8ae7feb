import type { FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import type { Check, CheckContext, CheckOutcome } from '../core/check.js'
import { compare } from '../core/compare.js'
import { rounded } from '../core/inputs.js'
import { holds, property } from '../core/property.js'
import { createSubject } from '../core/subject.js'
import { adamSpec } from '../updates/adam.js'
import { rmspropSpec } from '../updates/rmsprop.js'
import { sgdMomentumSpec } from '../updates/sgdMomentum.js'
import type { UpdateSpec } from '../updates/update.js'
import { chains, holdChain } from './chain.js'
import { curveSpread, lossCurve, trajectory } from './curve.js'
import { firstStep, stepSpec } from './step.js'
import { threeLayerConvNetSpec as net } from './threeLayerConvNet.js'

/** Hyperparameters under which a small net learns in a few steps. */
const optimizers: readonly (readonly [UpdateSpec, Case['attrs']])[] = [
  [adamSpec, { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
  [sgdMomentumSpec, { learningRate: 0.05, momentum: 0.9 }],
  [rmspropSpec, { learningRate: 0.01, decayRate: 0.99, epsilon: 1e-8 }],
]

const stepsOfCase = 3
const stepsOfCurve = 10
/** Cases are whole nets, many steps each: so many times fewer of them. */
const runsAStep = 10
const runsACurve = 20

/** Whole nets: their gradients, single steps from the oracle's own state, and the loss curve. */
export function trainingChecks(dtype: FloatDType): Check[] {
  const check = (law: string, says: string, run: (context: CheckContext) => Promise<CheckOutcome>): Check => ({
    id: `training/${law.replaceAll(' ', '-')}/${dtype}`,
    layer: 'training',
    law,
    dtype,
    says,
    run,
  })
  const subjectOf = ({ backend, oracle, tally }: CheckContext) => createSubject(net, backend, oracle, dtype, tally)
  const fewer = (context: CheckContext, times: number) => ({ ...context, runs: Math.ceil(context.runs / times) })

  return [
    check('gradients', 'scores, loss and gradients of whole nets are within their derived bound', (context) =>
      property(context, net.cases, async (drawn) => {
        const [subject, c] = [subjectOf(context), rounded(drawn, dtype)]
        compare('gradients', c, await subject.run(c), await subject.exact(c), await subject.bounds(c), subject)
      }),
    ),
    ...optimizers.map(([update, scalars]) =>
      check(
        `one step ${update.layer}`,
        `a step of ${update.layer}, from the state that the definition reached, is within its derived bound`,
        (context) =>
          property(fewer(context, runsAStep), net.cases, async (start) => {
            const subject = subjectOf(context)
            const step = subject.as(stepSpec(update))
            const { cases } = await trajectory(
              subject,
              firstStep(rounded(start, dtype), update, scalars),
              update,
              stepsOfCase,
            )
            for (const state of cases) {
              const c = rounded(state, dtype)
              const [got, exact] = [await step.run(c), await step.exact(c)]
              compare(`one step of ${update.layer}`, c, got, exact, await step.bounds(c), subject)
            }
          }),
      ),
    ),
    check('batch norm model', 'in a queued step of a net with batch norm, every layer is within its bound', (context) =>
      holds(context, chains, (chain) => holdChain(subjectOf(context), chain)),
    ),
    check('curve', `the losses of ${stepsOfCurve} steps are within the spread of disturbed float64 runs`, (context) =>
      property(fewer(context, runsACurve), net.cases, async (start) => {
        const subject = subjectOf(context)
        const [update, scalars] = optimizers[0]
        const c = firstStep(rounded(start, dtype), update, scalars)
        const straight = await trajectory(subject, c, update, stepsOfCurve)
        const bounds: Results[] = []
        for (const state of straight.cases) bounds.push(await subject.bounds(state))
        const spread = await curveSpread(subject, straight, update, bounds)
        const curve = await lossCurve(context.backend, dtype, c, update, stepsOfCurve)
        compare('curve', c, { losses: curve }, { losses: straight.losses }, { losses: spread }, subject)
      }),
    ),
  ]
}
