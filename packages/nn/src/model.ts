import type { Backend, FloatDType, FloatTensor, Scope, Shape } from '@convkit/api'
import type { Numbers } from '@convkit/data'
import type { Chance } from './chance.js'
import type { Hyperparameters, Mode, Parameter } from './layer.js'
import type { LossDescription, Targets } from './loss.js'

export interface LossRequest {
  /** Default: train mode without randomness needed; a model with dropout wants its own. */
  readonly mode?: Mode
  /** Gradients are written here, one for each of `params`; null computes the loss alone; absent allocates in the scope. */
  readonly grads?: readonly FloatTensor[] | null
  /** What the summed data loss is multiplied by; default: what makes it a mean, of rows by their weights or of elements. */
  readonly scale?: number
  /**
   * These rows' part of a larger batch; default 1. Loss and gradients are multiplied by it, penalty included, so that
   * those of all parts add up to the whole batch's.
   */
  readonly share?: number
  /** Called with each layer's output as it is queued, first to last: what a NaN alarm reads. */
  readonly onOutput?: (layer: string, y: FloatTensor) => void
}

export interface LossResult {
  /** Shape (1): data loss plus 0.5 * reg * sum(W^2) over the parameters that decay. */
  readonly loss: FloatTensor
  /** One for each of `params`; empty when `grads` was null. */
  readonly grads: readonly FloatTensor[]
}

export interface ScoresAndLoss {
  /** (N, numClasses), or (N, ...targetShape). */
  readonly scores: FloatTensor
  /** Shape (1): the sum over the N rows of weight times cost, which is a mean over the row's own elements, without the penalty. */
  readonly loss: FloatTensor
}

/** What `Solver` trains. Every call is queued; only `predict` waits. */
export interface Model extends Disposable {
  readonly name: string
  /** Owns the parameters and buffers; its backend is the model's backend. */
  readonly scope: Scope
  readonly dtype: FloatDType
  /** Without the batch axis, e.g. [3, 32, 32]. */
  readonly inputShape: Shape
  /** Null where the loss compares values, and the output is no class scores. */
  readonly numClasses: number | null
  /** Where the loss compares values: the shape of one row's output and target. */
  readonly targetShape?: Shape | null
  /** Strength of the L2 penalty. */
  readonly reg: number
  /** What `Solver` holds the first loss against; absent: nothing. */
  readonly chance?: Chance | null
  /** What rows of these labels count for in the mean over a batch, whose divisor it is; absent: 1 each. */
  readonly weightOf?: ((labels: Int32Array) => number) | null | undefined
  readonly params: readonly Parameter[]
  readonly buffers: readonly Parameter[]
  /** Of a model of one's own all that its steps depend on besides `reg` and its tensors' shapes. */
  readonly hyperparameters?: Hyperparameters
  /** Class scores (N, numClasses), or outputs (N, ...targetShape), of images X (N, ...inputShape), in test mode. */
  scores(scope: Scope, X: FloatTensor): FloatTensor
  /** Scores and losses of images X (N, ...inputShape) with labels y (N), or values y (N, ...targetShape), in test mode. */
  scoresAndLoss(scope: Scope, X: FloatTensor, y: Targets): ScoresAndLoss
  /**
   * Loss and gradients of images X (N, ...inputShape) with labels y (N), or values y (N, ...targetShape). The gradient of X is
   * never computed.
   */
  loss(scope: Scope, X: FloatTensor, y: Targets, request?: LossRequest): LossResult
  /**
   * The class of the highest score for each image, the first of equals, computed in batches (of 100 by default).
   * `images` is row-major (N, ...inputShape). An image whose scores hold a NaN has no class: -1.
   * Throws `ConfigError` where there are no classes.
   */
  predict(images: Numbers, options?: { readonly batchSize?: number }): Promise<Int32Array>
  /** A `Sequential`'s layers as `parseLayers` reads them; null where one of them is not the library's. */
  readonly layersText?: string | null
  /** What a model's file says of its loss; null where it is not the library's. */
  readonly lossDescription?: LossDescription | null
  /** The same architecture on another backend, with first weights: what `exportOnnx` traces. */
  rebuild?(backend: Backend): Model
}
