import * as ops from '@convkit/api'
import { elementwise, type NoOptions } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** y = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), on any shape: the tanh form (Hendrycks and Gimpel 2016). */
export function gelu(options: NoOptions = {}): LayerSpec {
  return elementwise('gelu', ops.gelu, options)
}

/** y = 1 / (1 + exp(-x)), on any shape. */
export function sigmoid(options: NoOptions = {}): LayerSpec {
  return elementwise('sigmoid', ops.sigmoid, options)
}

/** y = x sigmoid(x), on any shape, also called swish (Elfwing and others 2017; Ramachandran and others 2017). */
export function silu(options: NoOptions = {}): LayerSpec {
  return elementwise('silu', ops.silu, options)
}
