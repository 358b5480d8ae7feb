import type { FloatDType } from './backend.js'

/**
 * What one call costs at least: floating-point operations (a multiply and an add are two; a convolution's taps on padding
 * are left out, as a backend may leave them out) and bytes of operands read and written once.
 */
export interface Cost {
  readonly flops: number
  readonly bytes: number
}

export interface LayerCost {
  readonly forward: Cost
  readonly backward: Cost
}

export function bytesPerElement(dtype: FloatDType): number {
  return dtype === 'float32' ? 4 : 8
}

export function cost(flops: number, elements: number, dtype: FloatDType): Cost {
  return { flops, bytes: elements * bytesPerElement(dtype) }
}
