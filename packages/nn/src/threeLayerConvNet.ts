import {
  affine,
  affineRelu,
  type Backend,
  ConfigError,
  checkOptions,
  convReluPool,
  type FloatTensor,
  formatShape,
  type OptionNames,
  type Scope,
  type Shape,
  sizeOf,
} from '@convkit/api'
import { Random } from '@convkit/data'
import { checkAmounts, checkCounts } from './check.js'
import { FeedForward, type FeedForwardOptions, feedForwardOptions, type ScoresPass } from './feedForward.js'
import type { Hyperparameters, Mode, Parameter } from './layer.js'
import { softmaxCrossEntropy } from './losses.js'
import { constant, weight } from './parameter.js'

export interface ThreeLayerConvNetOptions extends FeedForwardOptions {
  /** Channels, height and width of an image; default [3, 32, 32]. */
  readonly inputDim?: readonly [channels: number, height: number, width: number]
  /** Default 32. */
  readonly numFilters?: number
  /** Height and width of the filters, odd; default 7. */
  readonly filterSize?: number
  /** Units of the hidden affine layer; default 100. */
  readonly hiddenDim?: number
  /** Default 10. */
  readonly numClasses?: number
  /** Standard deviation of the first weights; default 1e-3. */
  readonly weightScale?: number
}

const name = 'threeLayerConvNet'

const optionNames: OptionNames<ThreeLayerConvNetOptions> = {
  ...feedForwardOptions,
  inputDim: true,
  numFilters: true,
  filterSize: true,
  hiddenDim: true,
  numClasses: true,
  weightScale: true,
}

/**
 * The notebook's `ThreeLayerConvNet`: conv - relu - 2x2 max pool - affine - relu - affine - softmax. The convolution has
 * stride 1 and pad (filterSize - 1) / 2, so it keeps the image's size; the pool floors odd sizes.
 *
 * Weights are drawn from N(0, weightScale^2) in the order W1, W2, W3; biases start at 0 and are not regularised:
 * W1 (F, C, filterSize, filterSize), b1 (F), W2 (F * floor(H / 2) * floor(W / 2), hiddenDim), b2 (hiddenDim),
 * W3 (hiddenDim, numClasses), b3 (numClasses). Throws `ConfigError` for options out of range.
 */
export class ThreeLayerConvNet extends FeedForward {
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[] = []
  protected readonly outputShape: Shape
  protected readonly ownHyperparameters: Hyperparameters
  readonly #pad: number
  readonly #weights
  readonly #options: ThreeLayerConvNetOptions

  constructor(backend: Backend, options: ThreeLayerConvNetOptions = {}) {
    checkOptions(name, options, optionNames)
    const { inputDim = [3, 32, 32], numFilters = 32, filterSize = 7, hiddenDim = 100, numClasses = 10 } = options
    const { weightScale = 1e-3, seed = 0, values } = options
    const [channels, height, width] = inputDim
    checkCounts(name, { channels, height, width, numFilters, filterSize, hiddenDim, numClasses })
    checkAmounts(name, { weightScale })
    if (inputDim.length !== 3 || height < 2 || width < 2)
      throw new ConfigError(
        `${name}: inputDim must be [channels, height, width] with a 2x2 window in it, got ${formatShape(inputDim)}`,
      )
    if (filterSize % 2 === 0)
      throw new ConfigError(
        `${name}: filterSize must be odd, so that padding can keep the image's size, got ${filterSize}`,
      )
    super(backend, name, inputDim, softmaxCrossEntropy(), options)
    this.outputShape = [numClasses]
    this.#options = options
    this.ownHyperparameters = { weightScale }
    this.#pad = (filterSize - 1) / 2
    const source = { scope: this.scope, dtype: this.dtype, random: new Random(seed), values }
    const drawn = (name: string, shape: Shape) =>
      weight(source, name, shape, () => source.random.normal(sizeOf(shape), weightScale))
    const pooled = numFilters * Math.floor(height / 2) * Math.floor(width / 2)
    try {
      const W1 = drawn('W1', [numFilters, channels, filterSize, filterSize])
      const W2 = drawn('W2', [pooled, hiddenDim])
      const W3 = drawn('W3', [hiddenDim, numClasses])
      const b1 = constant(source, 'b1', [numFilters], 0)
      const b2 = constant(source, 'b2', [hiddenDim], 0)
      const b3 = constant(source, 'b3', [numClasses], 0)
      this.#weights = { W1, b1, W2, b2, W3, b3 }
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
    const { W1, b1, W2, b2, W3, b3 } = this.#weights
    this.params = Object.freeze([W1, b1, W2, b2, W3, b3])
  }

  override rebuild(backend: Backend): ThreeLayerConvNet {
    return new ThreeLayerConvNet(backend, this.#options)
  }

  protected override forward(scope: Scope, X: FloatTensor, { onOutput }: Mode): ScoresPass {
    const { W1, b1, W2, b2, W3, b3 } = this.#weights
    const first = { x: X, w: W1.tensor, b: b1.tensor }
    const conv1 = convReluPool.forward(scope, first, { pad: this.#pad }, { kernel: 2 })
    onOutput?.('conv1', conv1.y)
    const affine2 = affineRelu.forward(scope, { x: conv1.y, w: W2.tensor, b: b2.tensor })
    onOutput?.('affine2', affine2.y)
    const affine3 = affine.forward(scope, { x: affine2.y, w: W3.tensor, b: b3.tensor })
    onOutput?.('affine3', affine3.y)
    return {
      y: affine3.y,
      backward(dscores, gradient) {
        const d3 = affine.backward(scope, dscores, affine3.saved, { dw: gradient(W3), db: gradient(b3) })
        const d2 = affineRelu.backward(scope, d3.dx, affine2.saved, { dw: gradient(W2), db: gradient(b2) })
        const into = { dx: false, dw: gradient(W1), db: gradient(b1) } as const
        convReluPool.backward(scope, d2.dx, conv1.saved, into)
      },
    }
  }
}
