import type { FloatTensor, Shape } from '@convkit/api'
import type { BuildContext, GradientOf, Parameter } from './layer.js'
import { constant } from './parameter.js'

/** `<layer>.gamma`, 1 at first, and `<layer>.beta`, 0 at first: a norm's scale and shift. */
export class GammaAndBeta {
  readonly gamma: Parameter
  readonly beta: Parameter
  readonly params: readonly Parameter[]

  constructor(context: BuildContext, shape: Shape) {
    this.gamma = constant(context, `${context.name}.gamma`, shape, 1)
    this.beta = constant(context, `${context.name}.beta`, shape, 0)
    this.params = [this.gamma, this.beta]
  }

  inputs(x: FloatTensor) {
    return { x, gamma: this.gamma.tensor, beta: this.beta.tensor }
  }

  wanted(gradient: GradientOf, wantDx: boolean) {
    return { dx: wantDx, dgamma: gradient(this.gamma), dbeta: gradient(this.beta) }
  }
}
