import {
  type Backend,
  ConfigError,
  checkOptions,
  checkShape,
  type FloatTensor,
  type OptionNames,
  type Scope,
  type Shape,
  softmaxCrossEntropy,
  svmLoss,
} from '@convkit/api'
import { Random } from '@convkit/data'
import { FeedForward, type FeedForwardOptions, feedForwardOptions, type ScoresPass } from './feedForward.js'
import type { Hyperparameters, Layer, LayerSpec, Mode, Parameter } from './layer.js'
import { spellLayers } from './layerSpelling.js'
import { buildSequence } from './layers/sequence.js'

export interface SequentialOptions extends FeedForwardOptions {
  /** Shape of one image, without the batch axis: [3, 32, 32]. */
  readonly input: Shape
  /** From `layers`, first to last; the last gives the class scores (N, numClasses). */
  readonly layers: readonly LayerSpec[]
  /** Default softmaxCrossEntropy. */
  readonly loss?: 'softmaxCrossEntropy' | 'svmLoss'
}

const optionNames: OptionNames<SequentialOptions> = { ...feedForwardOptions, input: true, layers: true, loss: true }

const losses = { softmaxCrossEntropy, svmLoss }

/**
 * Layers one after another, then a loss. Layers are named after their kind and numbered within it: `conv2d1`, `relu1`,
 * `conv2d2`; those inside a layer after that too: `residual1.conv2d1`; parameters after their layer: `conv2d1.w`. Weights are drawn layer by layer from one seed.
 * Throws `ConfigError` where a layer does not fit what comes before it.
 */
export class Sequential extends FeedForward {
  readonly numClasses: number
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[]
  readonly hyperparameters: Hyperparameters
  readonly layers: readonly Layer[]
  readonly layersText: string | null
  readonly #body: ReturnType<typeof buildSequence>
  readonly #options: SequentialOptions

  constructor(backend: Backend, options: SequentialOptions) {
    checkOptions('sequential', options, optionNames)
    const { input, layers: specs, loss = 'softmaxCrossEntropy', seed = 0, values } = options
    checkShape('sequential', input)
    if (!Object.hasOwn(losses, loss))
      throw new ConfigError(`sequential: loss must be ${Object.keys(losses).join(' or ')}, got ${loss}`)
    super(backend, 'sequential', input, losses[loss], options)
    this.#options = options
    this.layersText = spellLayers(specs)
    try {
      const { scope, dtype } = this
      const context = { scope, dtype, random: new Random(seed), values, name: '', inputShape: [1, ...this.inputShape] }
      this.#body = buildSequence(specs, context)
      this.numClasses = lastWidth(this.#body.layers)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
    const { layers, params, buffers, hyperparameters } = this.#body
    this.layers = Object.freeze(layers)
    this.params = Object.freeze(params)
    this.buffers = Object.freeze(buffers)
    this.hyperparameters = Object.freeze({ loss, ...hyperparameters })
  }

  override rebuild(backend: Backend): Sequential {
    return new Sequential(backend, this.#options)
  }

  protected override forward(scope: Scope, X: FloatTensor, mode: Mode): ScoresPass {
    const { y, backward } = this.#body.forward(scope, X, mode)
    return { y, backward: (dscores, gradient) => backward(dscores, gradient, false) }
  }
}

function lastWidth(layers: readonly Layer[]): number {
  const last = layers.at(-1)
  if (!last) throw new ConfigError('sequential: wants at least one layer')
  const [, width] = last.outputShape
  if (last.outputShape.length !== 2 || width === undefined)
    throw new ConfigError(
      `sequential: the last layer must give scores (N, classes), but ${last.name} gives [N,${last.outputShape.slice(1).join(',')}]`,
    )
  return width
}
