import {
  type Backend,
  ConfigError,
  checkOptions,
  type FloatDType,
  type FloatTensor,
  formatShape,
  type OptionNames,
  Scope,
  type Shape,
  ShapeError,
  sizeOf,
} from '@convkit/api'
import { checkSeed, type Numbers, toFloats } from '@convkit/data'
import { argmaxRows } from './argmaxRows.js'
import type { Chance } from './chance.js'
import { checkAmounts, checkCounts } from './check.js'
import { classesOf } from './classes.js'
import type { GradientOf, Hyperparameters, Mode, Parameter } from './layer.js'
import { checkLoss, type LabelLoss, type LossDescription, type LossSpec, lossPass, type Targets } from './loss.js'
import { describeLoss } from './lossDescription.js'
import type { LossRequest, LossResult, Model, ScoresAndLoss } from './model.js'
import { floatArray } from './parameter.js'
import { addPenalty, addPenaltyGradient } from './penalty.js'
import type { HostTensor } from './safetensors/file.js'
import { under } from './under.js'

export interface FeedForwardOptions {
  /** Strength of the L2 penalty; default 0. */
  readonly reg?: number
  /** Default float32. */
  readonly dtype?: FloatDType
  /** Same seed, same first weights, on every backend; default 0. */
  readonly seed?: number
  /**
   * First values of all parameters and buffers by name, as `readSafetensors` gives them, instead of drawn ones. Throws
   * `DataError` where one is missing or of another shape or number type, before it is allocated.
   */
  readonly values?: ReadonlyMap<string, HostTensor>
}

export const feedForwardOptions: OptionNames<FeedForwardOptions> = { reg: true, dtype: true, seed: true, values: true }

/** Scores, and the way back from their gradient to those of the parameters. */
export interface ScoresPass {
  readonly y: FloatTensor
  backward(dscores: FloatTensor, gradient: GradientOf): void
}

const lossRequest: OptionNames<LossRequest> = { mode: true, grads: true, scale: true, share: true, onOutput: true }

const testMode: Mode = { train: false, random: unseeded }
const trainMode: Mode = { train: true, random: unseeded }

function unseeded(): number {
  throw new ConfigError('dropout: training draws random numbers; pass mode: { train: true, random } with the request')
}

/** What models with one input, one output and one loss have in common: all but their layers. */
export abstract class FeedForward implements Model {
  readonly name: string
  readonly scope: Scope
  readonly dtype: FloatDType
  readonly inputShape: Shape
  readonly reg: number
  /** Of one row's output. */
  protected abstract readonly outputShape: Shape
  abstract readonly params: readonly Parameter[]
  abstract readonly buffers: readonly Parameter[]
  /** Those of the layers; the loss adds its own. */
  protected abstract readonly ownHyperparameters: Hyperparameters
  readonly #loss: LossSpec

  constructor(backend: Backend, name: string, inputShape: Shape, loss: LossSpec, options: FeedForwardOptions) {
    const { reg = 0, dtype = 'float32', seed = 0 } = options
    checkAmounts(name, { reg })
    checkSeed(name, seed)
    checkLoss(name, loss)
    if (dtype !== 'float32' && dtype !== 'float64')
      throw new ConfigError(`${name}: dtype must be float32 or float64, got ${String(dtype)}`)
    this.name = name
    this.scope = new Scope(backend)
    this.dtype = dtype
    this.inputShape = Object.freeze([...inputShape])
    this.reg = reg
    this.#loss = loss
  }

  get numClasses(): number | null {
    return this.#loss.targets === 'labels' ? sizeOf(this.outputShape) : null
  }

  get targetShape(): Shape | null {
    return this.#loss.targets === 'labels' ? null : this.outputShape
  }

  get chance(): Chance | null {
    return this.#loss.targets === 'labels' ? (this.#loss.chance?.(classesOf(this)) ?? null) : null
  }

  get weightOf(): LabelLoss['weightOf'] | null {
    return this.#loss.targets === 'labels' ? this.#loss.weightOf : null
  }

  get lossDescription(): LossDescription | null {
    return describeLoss(this.#loss)
  }

  get hyperparameters(): Hyperparameters {
    const { name, hyperparameters = {} } = this.#loss
    return { loss: name, ...under(name, hyperparameters), ...this.ownHyperparameters }
  }

  abstract rebuild(backend: Backend): FeedForward

  protected abstract forward(scope: Scope, X: FloatTensor, mode: Mode): ScoresPass

  scores(scope: Scope, X: FloatTensor): FloatTensor {
    this.#checkImages(X)
    return this.forward(scope, X, testMode).y
  }

  scoresAndLoss(scope: Scope, X: FloatTensor, y: Targets): ScoresAndLoss {
    const scores = this.scores(scope, X)
    const [rows = 1] = y.shape
    const scale = { share: 1, scale: rows / y.size }
    const { loss } = lossPass(`${this.name}.loss`, this.#loss, scope, scores, y, scale)
    return { scores, loss }
  }

  loss(scope: Scope, X: FloatTensor, y: Targets, given: LossRequest = {}): LossResult {
    const request = checkOptions(`${this.name}.loss`, given, lossRequest)
    this.#checkImages(X)
    const { mode = trainMode, onOutput, share = 1, scale } = request
    const pass = this.forward(scope, X, onOutput ? { ...mode, onOutput } : mode)
    const { loss, backward } = lossPass(`${this.name}.loss`, this.#loss, scope, pass.y, y, { share, scale })
    addPenalty(scope, loss, this.params, share * this.reg)
    if (request.grads === null) return { loss, grads: [] }
    const grads = request.grads ?? this.params.map(({ tensor }) => scope.alloc(tensor.shape, this.dtype))
    const gradient = this.#gradientOf(grads)
    pass.backward(backward(), gradient)
    addPenaltyGradient(this.params, gradient, share * this.reg)
    return { loss, grads }
  }

  async predict(images: Numbers, options: { readonly batchSize?: number } = {}): Promise<Int32Array> {
    const { batchSize = 100 } = checkOptions(`${this.name}.predict`, options, { batchSize: true })
    checkCounts(this.name, { batchSize })
    const numClasses = classesOf(this)
    const pixels = toFloats(images, `${this.name}: images`)
    const size = sizeOf(this.inputShape)
    const count = pixels.length / size
    if (!Number.isInteger(count))
      throw new ShapeError(
        `${this.name}: images of shape ${formatShape(this.inputShape)} have ${size} values each, got ${pixels.length} values`,
      )
    const classes = new Int32Array(count)
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count)
      using batch = this.scope.child()
      const values = floatArray(this.dtype, pixels.subarray(start * size, end * size))
      const scores = this.scores(batch, batch.from(values, [end - start, ...this.inputShape]))
      classes.set(argmaxRows(await scores.read(), numClasses), start)
    }
    return classes
  }

  [Symbol.dispose](): void {
    this.scope[Symbol.dispose]()
  }

  #checkImages(X: FloatTensor): void {
    const [n, ...image] = X.shape
    if (n === undefined || formatShape(image) !== formatShape(this.inputShape))
      throw new ShapeError(
        `${this.name}: X must have shape [N,${this.inputShape.join(',')}], got ${formatShape(X.shape)}`,
      )
  }

  #gradientOf(grads: readonly FloatTensor[]): GradientOf {
    if (grads.length !== this.params.length)
      throw new ShapeError(
        `${this.name}: grads must be ${this.params.length} tensors, one a parameter, got ${grads.length}`,
      )
    return (parameter) => {
      const grad = grads[this.params.indexOf(parameter)]
      if (!grad) throw new ConfigError(`${this.name}: ${parameter.name} is not one of the model's parameters`)
      return grad
    }
  }
}
