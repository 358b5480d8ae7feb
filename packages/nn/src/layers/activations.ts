import * as ops from '@convkit/api'
import { activationSpecOf, type NoOptions } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** y = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), on any shape: the tanh form (Hendrycks and Gimpel 2016). */
export function gelu(options: NoOptions = {}): LayerSpec {
  return activationSpecOf(ops.gelu, options)
}

export interface LeakyReluLayerOptions {
  /** What is negative is multiplied by it; default 0.01. */
  readonly slope?: number
}

export const leakyReluOptions: ops.OptionNames<LeakyReluLayerOptions> = { slope: true }

/** y = x where x > 0, else slope x, on any shape (Maas, Hannun and Ng 2013). */
export function leakyRelu(options: LeakyReluLayerOptions = {}): LayerSpec {
  return activationSpecOf(ops.leakyRelu, options)
}

/** y = 1 / (1 + exp(-x)), on any shape. */
export function sigmoid(options: NoOptions = {}): LayerSpec {
  return activationSpecOf(ops.sigmoid, options)
}

/** y = x sigmoid(x), on any shape, also called swish (Elfwing and others 2017; Ramachandran and others 2017). */
export function silu(options: NoOptions = {}): LayerSpec {
  return activationSpecOf(ops.silu, options)
}

/** y = tanh(x), on any shape. */
export function tanh(options: NoOptions = {}): LayerSpec {
  return activationSpecOf(ops.tanh, options)
}
