import { type FloatTensor, type Scope, vector } from '@convkit/api'
import type { GradientOf, Parameter } from './layer.js'

/** loss = loss + 0.5 * reg * sum(W^2) over the parameters W that decay. */
export function addPenalty(scope: Scope, loss: FloatTensor, params: readonly Parameter[], reg: number): void {
  if (reg === 0) return
  for (const { tensor, decay } of params)
    if (decay) vector.addScaled(loss, 0.5 * reg, vector.sumOfSquares(scope, tensor))
}

/** dW = dW + reg * W for the parameters W that decay. */
export function addPenaltyGradient(params: readonly Parameter[], gradient: GradientOf, reg: number): void {
  if (reg === 0) return
  for (const parameter of params) if (parameter.decay) vector.addScaled(gradient(parameter), reg, parameter.tensor)
}
