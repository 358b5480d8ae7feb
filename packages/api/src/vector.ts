import { vector as definition } from './definitions/vector.js'
import { checkTensors, kernelTable } from './dispatch.js'
import { checkSameShape } from './shape.js'
import type { FloatTensor, Scope } from './tensor.js'

/** Elementwise helpers on tensors of equal shape; outputs are overwritten in place. */
export const vector = {
  /** y = value everywhere. */
  fill(y: FloatTensor, value: number): void {
    const d = { size: y.size }
    kernelTable(y.backend, definition, y.dtype, d, 'fill').fill(d, { value }, y.storage)
  },

  /** y = x. */
  copy(x: FloatTensor, y: FloatTensor): void {
    const d = { size: y.size }
    elementwise('copy', { y, x }).copy(d, x.storage, y.storage)
  },

  /** y = a * y. */
  scale(y: FloatTensor, a: number): void {
    const d = { size: y.size }
    kernelTable(y.backend, definition, y.dtype, d, 'scale').scale(d, { a }, y.storage)
  },

  /** y = y + a * x. */
  addScaled(y: FloatTensor, a: number, x: FloatTensor): void {
    const d = { size: y.size }
    elementwise('addScaled', { y, x }).addScaled(d, { a }, x.storage, y.storage)
  },

  /** y = x * m. */
  multiply(x: FloatTensor, m: FloatTensor, y: FloatTensor): void {
    const d = { size: y.size }
    elementwise('multiply', { y, x, m }).multiply(d, x.storage, m.storage, y.storage)
  },

  /** The sum of x[i]^2, as a tensor of shape (1) in `scope`. */
  sumOfSquares(scope: Scope, x: FloatTensor): FloatTensor {
    const d = { size: x.size }
    const dtype = checkTensors('vector', scope, { x })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'sumOfSquares')
    const y = scope.alloc([1], dtype)
    kernels.sumOfSquares(d, x.storage, y.storage)
    return y
  },
}

function elementwise(
  method: 'copy' | 'addScaled' | 'multiply',
  { y, ...others }: { readonly y: FloatTensor; readonly [name: string]: FloatTensor },
) {
  const dtype = checkTensors('vector', y.scope, { y, ...others })
  for (const [name, tensor] of Object.entries(others)) checkSameShape('vector', name, tensor.shape, y.shape)
  return kernelTable(y.backend, definition, dtype, { size: y.size }, method)
}
