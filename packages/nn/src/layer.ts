import type { FloatDType, FloatTensor, Scope, Shape } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { HostTensor } from './safetensors/file.js'

/** A trainable tensor or a buffer of a model. */
export interface Parameter {
  /** Unique in its model: `W1`, `conv2d1.w`. */
  readonly name: string
  readonly tensor: FloatTensor
  /** Whether regularisation and weight decay apply: weights, not biases nor norm parameters. */
  readonly decay: boolean
}

export interface Mode {
  readonly train: boolean
  /** Uniform in [0, 1), for dropout. */
  readonly random: () => number
  /** Gets what a layer has to tell of its input, in every pass anew. */
  readonly onWarning?: (warning: string) => void
  /** Gets each layer's output as it is queued, first to last, those of inner layers before that of the layer around them. */
  readonly onOutput?: (layer: string, y: FloatTensor) => void
}

/** The tensor that takes a parameter's gradient. */
export type GradientOf = (parameter: Parameter) => FloatTensor

/** The result of a forward pass, with the way back. */
export interface Pass {
  readonly y: FloatTensor
  /** Overwrites the gradients of the layer's parameters and returns dx, in forward's scope; null when not wanted. */
  backward(dy: FloatTensor, gradient: GradientOf, wantDx: boolean): FloatTensor | null
}

/**
 * What steps depend on besides the shapes of tensors, with defaults filled in, by name: a checkpoint resumes a run only
 * where all of them are the same.
 */
export type Hyperparameters = { readonly [name: string]: string | number | boolean | null }

/** One step of a `Sequential`: its parameters, and forward and backward over batches. */
export interface Layer {
  readonly name: string
  readonly params: readonly Parameter[]
  /** Not trained but saved with the model: running statistics. */
  readonly buffers: readonly Parameter[]
  /** Of a batch of one. */
  readonly outputShape: Shape
  readonly hyperparameters?: Hyperparameters
  /** Those inside, of a layer of layers. */
  readonly layers?: readonly Layer[]
  /** All activations go into `scope`. */
  forward(scope: Scope, x: FloatTensor, mode: Mode): Pass
}

/** Where a model's parameters live and what their first values are drawn from. */
export interface ParameterSource {
  readonly scope: Scope
  readonly dtype: FloatDType
  readonly random: Random
  /** The first values of all of them by name, instead of drawn ones. */
  readonly values?: ReadonlyMap<string, HostTensor> | undefined
}

export interface BuildContext extends ParameterSource {
  /** Unique in the model, for example `conv2d1`; parameters are named after it. */
  readonly name: string
  /** Of a batch of one. */
  readonly inputShape: Shape
}

/** A layer without its parameters yet: what `layers.conv2d({ ... })` gives and `Sequential` takes. */
export interface LayerSpec {
  /** The layer's one word; a model numbers the layers of each kind. */
  readonly kind: string
  /** What the library's factory of this kind was called with; absent from a layer of one's own. */
  readonly options?: object
  /** The same of a layer of layers, whose factory takes more than options. */
  readonly args?: readonly unknown[]
  /** Allocates and initialises the parameters. Throws `ConfigError` or `ShapeError` for options that do not fit. */
  build(context: BuildContext): Layer
}
