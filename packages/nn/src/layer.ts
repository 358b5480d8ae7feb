import type { FloatTensor, Scope, Shape } from '@convkit/api'

/** A trainable tensor or a buffer of a model. */
export interface Parameter {
  /** Unique in its model: `W1`, `conv1.w`. */
  readonly name: string
  readonly tensor: FloatTensor
  /** Whether regularisation and weight decay apply: weights, not biases nor norm parameters. */
  readonly decay: boolean
}

export interface Mode {
  readonly train: boolean
  /** Uniform in [0, 1), for dropout. */
  readonly random: () => number
}

/** One step of a `Sequential`: its parameters, and forward and backward over batches. */
export interface Layer<Saved = unknown> {
  readonly name: string
  readonly params: readonly Parameter[]
  /** Not trained but saved with the model: running statistics. */
  readonly buffers: readonly Parameter[]
  /** Shapes with the batch axis. */
  outputShape(input: Shape): Shape
  forward(scope: Scope, x: FloatTensor, mode: Mode): { y: FloatTensor; saved: Saved }
  /** Gradients go into the caller's tensors, one for each of `params`; dx is null when not wanted. */
  backward(
    scope: Scope,
    saved: Saved,
    dy: FloatTensor,
    grads: readonly FloatTensor[],
    wantDx: boolean,
  ): FloatTensor | null
}
