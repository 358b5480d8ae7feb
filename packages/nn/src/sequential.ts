import {
  type Backend,
  ConfigError,
  ConvkitError,
  checkOptions,
  checkShape,
  DataError,
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
import type { LossRequest } from './model.js'
import { under } from './under.js'

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
 * `conv2d2`; parameters after their layer: `conv2d1.w`. Weights are drawn layer by layer from one seed.
 * Throws `ConfigError` where a layer does not fit what comes before it.
 */
export class Sequential extends FeedForward {
  readonly numClasses: number
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[]
  readonly hyperparameters: Hyperparameters
  readonly layers: readonly Layer[]
  readonly layersText: string | null
  readonly #options: SequentialOptions

  constructor(backend: Backend, options: SequentialOptions) {
    checkOptions('sequential', options, optionNames)
    const { input, layers: specs, loss = 'softmaxCrossEntropy' } = options
    checkShape('sequential', input)
    if (!Object.hasOwn(losses, loss))
      throw new ConfigError(`sequential: loss must be ${Object.keys(losses).join(' or ')}, got ${loss}`)
    super(backend, 'sequential', input, losses[loss], options)
    this.#options = options
    this.layersText = spellLayers(specs)
    try {
      this.layers = Object.freeze(this.#build(specs, options))
      this.numClasses = lastWidth(this.layers)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
    this.hyperparameters = Object.freeze({ loss, ...ofLayers(this.layers) })
    this.params = Object.freeze(this.layers.flatMap((layer) => layer.params))
    this.buffers = Object.freeze(this.layers.flatMap((layer) => layer.buffers))
  }

  override rebuild(backend: Backend): Sequential {
    return new Sequential(backend, this.#options)
  }

  protected override forward(scope: Scope, X: FloatTensor, mode: Mode, onOutput?: LossRequest['onOutput']): ScoresPass {
    let y = X
    const passes = this.layers.map((layer) => {
      const pass = layer.forward(scope, y, mode)
      y = pass.y
      onOutput?.(layer.name, y)
      return pass
    })
    return {
      y,
      backward: (dscores, gradient) => {
        // Nothing before the first parameter needs a gradient, least of all the images.
        const first = this.layers.findIndex((layer) => layer.params.length > 0)
        if (first === -1) return
        let dy: FloatTensor | null = dscores
        for (let i = passes.length - 1; dy && i >= first; i--) dy = passes[i]?.backward(dy, gradient, i > first) ?? null
      },
    }
  }

  #build(specs: readonly LayerSpec[], { seed = 0, values }: SequentialOptions): Layer[] {
    const random = new Random(seed)
    const counts = new Map<string, number>()
    let inputShape: Shape = [1, ...this.inputShape]
    return specs.map((spec) => {
      const number = (counts.get(spec.kind) ?? 0) + 1
      counts.set(spec.kind, number)
      const name = `${spec.kind}${number}`
      try {
        const layer = spec.build({ scope: this.scope, dtype: this.dtype, random, values, name, inputShape })
        inputShape = layer.outputShape
        return layer
      } catch (cause) {
        if (!(cause instanceof ConvkitError) || cause instanceof DataError) throw cause
        throw new ConfigError(`sequential: cannot build ${name}: ${cause.message}`, { cause })
      }
    })
  }
}

function ofLayers(layers: readonly Layer[]): Hyperparameters {
  const names = layers.map(({ name }, i) => [`layer ${i + 1}`, name] as const)
  const own = layers.map(({ name, hyperparameters = {} }) => under(name, hyperparameters))
  return Object.assign({}, Object.fromEntries(names), ...own)
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
