import {
  type Backend,
  ConfigError,
  checkOptions,
  checkShape,
  type FloatTensor,
  type OptionNames,
  type Scope,
  type Shape,
} from '@convkit/api'
import { Random } from '@convkit/data'
import { FeedForward, type FeedForwardOptions, feedForwardOptions, type ScoresPass } from './feedForward.js'
import type { Hyperparameters, Layer, LayerSpec, Mode, Parameter } from './layer.js'
import { spellLayers } from './layerSpelling.js'
import { buildSequence } from './layers/sequence.js'
import { checkClasses, type LossSpec } from './loss.js'
import { isNamedLoss, namedLosses } from './lossDescription.js'

export interface SequentialOptions extends FeedForwardOptions {
  /** Shape of one image, without the batch axis: [3, 32, 32]. */
  readonly input: Shape
  /** From `layers`, first to last; the last gives the class scores (N, numClasses), or what else the loss takes. */
  readonly layers: readonly LayerSpec[]
  /** One of `losses`, by its name where it has no options, or a loss of one's own; default softmaxCrossEntropy. */
  readonly loss?: LossSpec | keyof typeof namedLosses
}

const optionNames: OptionNames<SequentialOptions> = { ...feedForwardOptions, input: true, layers: true, loss: true }

/**
 * Layers one after another, then a loss. Layers are named after their kind and numbered within it: `conv2d1`, `relu1`,
 * `conv2d2`; those inside a layer after that too: `residual1.conv2d1`; parameters after their layer: `conv2d1.w`. Weights are drawn layer by layer from one seed.
 * Throws `ConfigError` where a layer does not fit what comes before it.
 */
export class Sequential extends FeedForward {
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[]
  protected readonly outputShape: Shape
  protected readonly ownHyperparameters: Hyperparameters
  readonly layers: readonly Layer[]
  readonly layersText: string | null
  readonly #body: ReturnType<typeof buildSequence>
  readonly #options: SequentialOptions

  constructor(backend: Backend, options: SequentialOptions) {
    checkOptions('sequential', options, optionNames)
    const { input, layers: specs, loss = 'softmaxCrossEntropy', seed = 0, values } = options
    checkShape('sequential', input)
    const own = lossOf(loss)
    super(backend, 'sequential', input, own, options)
    this.#options = options
    this.layersText = spellLayers(specs)
    try {
      const { scope, dtype } = this
      const context = { scope, dtype, random: new Random(seed), values, name: '', inputShape: [1, ...this.inputShape] }
      this.#body = buildSequence(specs, context)
      this.outputShape = lastShape(this.#body.layers, own)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
    const { layers, params, buffers, hyperparameters } = this.#body
    this.layers = Object.freeze(layers)
    this.params = Object.freeze(params)
    this.buffers = Object.freeze(buffers)
    this.ownHyperparameters = hyperparameters
  }

  override rebuild(backend: Backend): Sequential {
    return new Sequential(backend, this.#options)
  }

  protected override forward(scope: Scope, X: FloatTensor, mode: Mode): ScoresPass {
    const { y, backward } = this.#body.forward(scope, X, mode)
    return { y, backward: (dscores, gradient) => backward(dscores, gradient, false) }
  }
}

function lossOf(loss: LossSpec | keyof typeof namedLosses): LossSpec {
  if (typeof loss !== 'string') return loss
  if (!isNamedLoss(loss))
    throw new ConfigError(
      `sequential: loss must be ${Object.keys(namedLosses).join(', ')} or a loss, got ${String(loss)}`,
    )
  return namedLosses[loss]()
}

/** Of one row. */
function lastShape(layers: readonly Layer[], loss: LossSpec): Shape {
  const last = layers.at(-1)
  if (!last) throw new ConfigError('sequential: wants at least one layer')
  const shape = last.outputShape.slice(1)
  if (loss.targets === 'labels' && shape.length !== 1)
    throw new ConfigError(
      `sequential: the last layer must give scores (N, classes) to ${loss.name}, but ${last.name} gives [N,${shape.join(',')}]`,
    )
  if (loss.targets === 'labels') checkClasses('sequential', loss, shape[0])
  return Object.freeze(shape)
}
