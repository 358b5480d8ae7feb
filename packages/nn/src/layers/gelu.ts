import { gelu as op } from '@convkit/api'
import { elementwise, type NoOptions } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** y = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), on any shape: the tanh form (Hendrycks and Gimpel 2016). */
export function gelu(options: NoOptions = {}): LayerSpec {
  return elementwise('gelu', op, options)
}
