import type { Backend, FloatDType } from '@convkit/api'
import { createOn, type FunctionUlps } from './backend.js'
import type { Box } from './box.js'
import type { Manner } from './manner.js'

/**
 * exp and log are right to 2e-5 by its author's word, and in float64 they go through float32, which rounds what they
 * are taken of. What exp makes below float32's smallest normal number is 0.
 */
function functionUlps(dtype: FloatDType): FunctionUlps {
  const ulps = 2e-5 * 2 ** (dtype === 'float32' ? 24 : 53)
  return {
    exp: { ulps, absolute: 2 ** -126 },
    log: { ulps, absolute: dtype === 'float32' ? 0 : 2 ** -24 },
    divide: 1.5,
  }
}

export function createWith(manner: Manner): Promise<Backend<Box>> {
  return createOn('wasm', manner, functionUlps)
}

export const createBackend = (): Promise<Backend<Box>> => createWith('careful')
