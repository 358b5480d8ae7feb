import type { FloatDType } from './backend.js'
import { type KernelName, works } from './kernels.js'
import { kernelInfo } from './mapKernels.js'

/**
 * What one call of a kernel costs at least: floating-point operations (a multiply and an add are two; comparisons count; a
 * convolution's taps on padding are left out, as a backend may leave them out) and bytes, each operand read once, written
 * once.
 */
export interface Cost {
  readonly flops: number
  readonly bytes: number
}

/** How much work the kernels of one table are, by their dims. */
export interface Work<Dims, Method extends string> {
  /** Elements of each operand. A gradient is as long as what it belongs to: `dx` as `x`, `dy` as `y`. */
  lengths(d: Dims, method: Method): { readonly [operand: string]: number }
  /** Operations; `wanted` says of a gradient whether it is computed. A bias counts also where there is none. */
  readonly flops: { readonly [M in Method]: (d: Dims, wanted: (gradient: string) => boolean) => number }
}

/** What one call costs; `without` names the operands that are null. */
export function kernelCost(
  layer: KernelName,
  method: string,
  dims: object,
  dtype: FloatDType,
  without: readonly string[] = [],
): Cost {
  // Seen without its types, so that one function serves every kernel.
  const { lengths, flops } = works[layer] as Work<object, string>
  const { reads, updates, writes } = kernelInfo(layer, method)
  const wanted = (operand: string) => !without.includes(operand)
  const sizes = lengths(dims, method)
  const bytesOf = (operand: string) => {
    const length = sizes[operand] ?? sizes[operand.slice(1)] ?? Number.NaN
    return wanted(operand) ? length * (operand === 'labels' ? 4 : bytesPerElement(dtype)) : 0
  }
  const operands = [...reads, ...updates, ...updates, ...writes]
  return {
    flops: flops[method]?.(dims, wanted) ?? Number.NaN,
    bytes: operands.reduce((sum, operand) => sum + bytesOf(operand), 0),
  }
}

export function bytesPerElement(dtype: FloatDType): number {
  return dtype === 'float32' ? 4 : 8
}
