import { checkOptions, relu as op } from '@convkit/api'
import { elementwise, type NoOptions } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** y = max(0, x), on any shape. */
export function relu(options: NoOptions = {}): LayerSpec {
  return elementwise('relu', op, checkOptions('relu', options, {}))
}
