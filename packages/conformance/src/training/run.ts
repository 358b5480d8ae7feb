import type { FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import type { Check } from '../core/check.js'
import { compare } from '../core/compare.js'
import { inputOf, rounded } from '../core/inputs.js'
import { property } from '../core/property.js'
import { createSubject } from '../core/subject.js'
import { adamSpec } from '../updates/adam.js'
import { curveSpread, lossCurve, trajectory } from './curve.js'
import { firstStep, stepSpec } from './step.js'
import { threeLayerConvNetSpec as net } from './threeLayerConvNet.js'

const scalars = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
/** Steps from one that is held to its bound to the next. */
const stride = 10

/** Of the suite's nets, those in which every layer has something to do. */
const cases = net.cases.filter((c) => inputOf(c, 'X').data.length >= 150 && Number(c.attrs.numFilters) >= 3)

/**
 * So many steps of Adam on one net: every tenth within the bound of a step, and all their losses within the spread. Not
 * part of the suite, which has ten steps: a hundred take the definition some seconds.
 */
export function trainingRun(dtype: FloatDType, steps: number): Check {
  return {
    id: `training/${steps}-steps/${dtype}`,
    layer: 'training',
    law: `${steps} steps`,
    dtype,
    says: `of ${steps} steps, every ${stride}th is within its bound, and the losses within the spread of disturbed float64 runs`,
    run: (context) =>
      property({ ...context, runs: 1 }, cases, async (start) => {
        const subject = createSubject(net, context.backend, context.oracle, dtype, context.tally)
        const step = subject.as(stepSpec(adamSpec))
        const first = firstStep(rounded(start, dtype), adamSpec, scalars)
        const straight = await trajectory(subject, first, adamSpec, steps)
        const bounds: Results[] = []
        for (const [k, state] of straight.cases.entries()) {
          bounds.push(await subject.bounds(state))
          if (k % stride === 0) await hold(rounded(state, dtype))
        }
        const spread = await curveSpread(subject, straight, adamSpec, bounds)
        const losses = await lossCurve(context.backend, dtype, first, adamSpec, steps)
        compare('curve', first, { losses }, { losses: straight.losses }, { losses: spread }, subject)

        async function hold(c: Case): Promise<void> {
          compare('one step', c, await step.run(c), await step.exact(c), await step.bounds(c), subject)
        }
      }),
  }
}
