import { gelu as op } from '@convkit/api'
import { elementwise } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** y = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), on any shape: the tanh form (Hendrycks and Gimpel 2016). */
export function gelu(): LayerSpec {
  return elementwise('gelu', op)
}
