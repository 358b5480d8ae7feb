import { ConfigError, checkSwitches, type FloatTensor, type OptionNames, type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import { checkAmounts } from './check.js'
import type { BuildContext, GradientOf, Hyperparameters, Parameter } from './layer.js'
import { constant, weight } from './parameter.js'

export interface WeightOptions {
  /** Default true. */
  readonly bias?: boolean
  /** Standard deviation of the first weights, in place of `init`. */
  readonly weightScale?: number
  /**
   * The first weights. `he`, the default: N(0, 2 / fanIn), the inputs of one output (He et al. 2015). `glorot`: N(0, 2 / (fanIn +
   * fanOut)), fanOut the outputs of one input (Glorot and Bengio 2010). `dirac`: output i is input i, as far as there are both,
   * and further outputs are N(0, 1 / (3 fanIn)) (Jordan 2024). Or as many numbers as `shape` has elements, row-major.
   */
  readonly init?: 'he' | 'glorot' | 'dirac' | ((shape: Shape, random: Random) => Float64Array)
  /** Weights and bias keep their first values: they are buffers, which are saved and not trained. Default false. */
  readonly frozen?: boolean
}

export const weightOptions: OptionNames<WeightOptions> = { bias: true, weightScale: true, init: true, frozen: true }

/** What first weights follow from. */
export interface Fans {
  readonly shape: Shape
  readonly outputs: number
  readonly fanIn: number
  readonly fanOut: number
  /** Where the weights stand that take input i to output i. */
  readonly diagonal: readonly number[]
  /** The output of the weight that stands there. */
  readonly outputOf: (at: number) => number
}

/** `<layer>.w`, whose first values `init` or `weightScale` give, and `<layer>.b` (outputs), 0 at first. */
export class WeightAndBias {
  readonly w: Parameter
  readonly b: Parameter | null
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[]
  readonly hyperparameters: Hyperparameters
  readonly #frozen: boolean

  constructor(context: BuildContext, fans: Fans, options: WeightOptions) {
    const { name } = context
    const { bias = true, frozen = false } = options
    checkSwitches(name, { bias, frozen })
    const { values, hyperparameters } = firstWeights(context, fans, options)
    this.hyperparameters = { ...hyperparameters, ...(frozen && { frozen }) }
    this.w = weight(context, `${name}.w`, fans.shape, values)
    this.b = bias ? constant(context, `${name}.b`, [fans.outputs], 0) : null
    const all = this.b ? [this.w, this.b] : [this.w]
    this.params = frozen ? [] : all
    this.buffers = frozen ? all : []
    this.#frozen = frozen
  }

  inputs(x: FloatTensor) {
    return { x, w: this.w.tensor, b: this.b?.tensor ?? null }
  }

  wanted(gradient: GradientOf, wantDx: boolean) {
    if (this.#frozen) return { dx: wantDx, dw: false, db: false }
    return { dx: wantDx, dw: gradient(this.w), db: this.b ? gradient(this.b) : false }
  }
}

interface FirstWeights {
  values(): Float64Array
  readonly hyperparameters: Hyperparameters
}

function firstWeights({ name, random }: BuildContext, fans: Fans, options: WeightOptions): FirstWeights {
  const { shape, fanIn, fanOut } = fans
  const size = sizeOf(shape)
  const { init = 'he', weightScale } = options
  if (options.init !== undefined && weightScale !== undefined)
    throw new ConfigError(`${name}: expected init or weightScale, got both`)
  if (typeof init === 'function')
    return { values: () => ownValues(name, init(shape, random), size), hyperparameters: { init: 'a function' } }
  if (init === 'dirac') return { values: () => dirac(fans, random), hyperparameters: { init } }
  if (init !== 'he' && init !== 'glorot')
    throw new ConfigError(`${name}: init must be he, glorot, dirac or a function, got ${String(init)}`)
  const scale = weightScale ?? Math.sqrt(2 / (init === 'he' ? fanIn : fanIn + fanOut))
  checkAmounts(name, { weightScale: scale })
  return { values: () => random.normal(size, scale), hyperparameters: { weightScale: scale } }
}

function dirac({ shape, fanIn, diagonal, outputOf }: Fans, random: Random): Float64Array {
  const ones = new Set(diagonal)
  const same = new Set(diagonal.map(outputOf))
  const drawn = random.normal(sizeOf(shape), Math.sqrt(1 / (3 * fanIn)))
  return drawn.map((value, at) => (same.has(outputOf(at)) ? (ones.has(at) ? 1 : 0) : value))
}

function ownValues(name: string, values: Float64Array, size: number): Float64Array {
  if (!(values instanceof Float64Array) || values.length !== size || !values.every(Number.isFinite))
    throw new ConfigError(
      `${name}: init must give a Float64Array of ${size} finite numbers, got ${String(values).slice(0, 60)}`,
    )
  return values
}
