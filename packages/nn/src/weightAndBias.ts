import type { FloatTensor, OptionNames, Shape } from '@convkit/api'
import { checkAmounts } from './check.js'
import type { BuildContext, GradientOf, Hyperparameters, Parameter } from './layer.js'
import { constant, weight } from './parameter.js'

export interface WeightOptions {
  /** Default true. */
  readonly bias?: boolean
  /** Standard deviation of the first weights; default sqrt(2 / fanIn) (He et al. 2015), the inputs of one output. */
  readonly weightScale?: number
}

export const weightOptions: OptionNames<WeightOptions> = { bias: true, weightScale: true }

/** `<layer>.w`, drawn from N(0, weightScale^2), and `<layer>.b` (outputs), 0 at first. */
export class WeightAndBias {
  readonly w: Parameter
  readonly b: Parameter | null
  readonly params: readonly Parameter[]
  readonly hyperparameters: Hyperparameters

  constructor(context: BuildContext, shape: Shape, outputs: number, fanIn: number, options: WeightOptions) {
    const { bias = true, weightScale = Math.sqrt(2 / fanIn) } = options
    checkAmounts(context.name, { weightScale })
    this.hyperparameters = { weightScale }
    this.w = weight(context, `${context.name}.w`, shape, weightScale)
    this.b = bias ? constant(context, `${context.name}.b`, [outputs], 0) : null
    this.params = this.b ? [this.w, this.b] : [this.w]
  }

  inputs(x: FloatTensor) {
    return { x, w: this.w.tensor, b: this.b?.tensor ?? null }
  }

  wanted(gradient: GradientOf, wantDx: boolean) {
    return { dx: wantDx, dw: gradient(this.w), db: this.b ? gradient(this.b) : false }
  }
}
