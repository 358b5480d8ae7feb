import type { LayerForm, Method } from './defineLayer.js'
import { bytesPerElement, type FloatDType } from './dtype.js'
import { definitions, type KernelName } from './kernels.js'
import { kernelInfo } from './mapKernels.js'

type AnyMethods = { readonly [name: string]: Method<object> }

/**
 * What one call of a kernel costs at least: floating-point operations (a multiply and an add are two; comparisons count; a
 * convolution's taps on padding are left out, as a backend may leave them out) and bytes, each operand read once, written
 * once.
 */
export interface Cost {
  readonly flops: number
  readonly bytes: number
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
  const { lengths, methods } = definitions[layer] as LayerForm<(...args: never) => object, AnyMethods>
  const { reads, updates, writes } = kernelInfo(layer, method)
  const wanted = (operand: string) => !without.includes(operand)
  const sizes = lengths(dims, method)
  const bytesOf = (operand: string) => {
    const length = sizes[operand] ?? sizes[operand.slice(1)]
    return wanted(operand) ? length * (operand === 'labels' ? 4 : bytesPerElement(dtype)) : 0
  }
  const operands = [...reads, ...updates, ...updates, ...writes]
  return {
    flops: methods[method].flops(dims, wanted),
    bytes: operands.reduce((sum, operand) => sum + bytesOf(operand), 0),
  }
}
