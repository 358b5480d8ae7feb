import { type State, type StepScalars, slot, type UpdateFormula } from './optimizer.js'
import type { Approx, Running } from './running.js'

/**
 * m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
 * w = w - learningRate * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon)
 */
export function adamStep(r: Running, { of, step }: StepScalars, state: State, g: Approx): State {
  const { exact, add, sub, mul, div, sqrt, power } = r
  const [beta1, beta2] = [of('beta1'), of('beta2')]
  const m = add(mul(beta1, slot(state, 'm')), mul(sub(exact(1), beta1), g))
  const v = add(mul(beta2, slot(state, 'v')), mul(sub(exact(1), beta2), mul(g, g)))
  const mean = div(m, sub(exact(1), power(beta1, step)))
  const square = div(v, sub(exact(1), power(beta2, step)))
  return { m, v, w: sub(state.w, div(mul(of('learningRate'), mean), add(sqrt(square), of('epsilon')))) }
}

export const adam: UpdateFormula = { slots: ['m', 'v'], step: adamStep }
