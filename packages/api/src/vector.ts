import type { Work } from './cost.js'
import { checkSameShape, checkTensors, kernelTable } from './dispatch.js'
import type { Queued } from './queued.js'
import type { Scope } from './scope.js'
import type { Refusable, Signatures } from './signature.js'
import type { FloatTensor } from './tensor.js'

/** Every operand has `size` elements, but for the sum of sumOfSquares, which is one. */
export interface VectorDims {
  readonly size: number
}

/** What regularisation, clipping, accumulation, residuals, dropout and averaging need. */
export interface VectorKernels<S> extends Refusable<VectorDims> {
  /** y[i] = value */
  fill(d: VectorDims, s: { readonly value: number }, y: S): Queued
  /** y[i] = x[i] */
  copy(d: VectorDims, x: S, y: S): Queued
  /** y[i] = a * y[i] */
  scale(d: VectorDims, s: { readonly a: number }, y: S): Queued
  /** y[i] = y[i] + a * x[i] */
  addScaled(d: VectorDims, s: { readonly a: number }, x: S, y: S): Queued
  /** y[i] = x[i] * m[i] */
  multiply(d: VectorDims, x: S, m: S, y: S): Queued
  /** y[0] = sum_i x[i]^2; y has one element */
  sumOfSquares(d: VectorDims, x: S, y: S): Queued
}

export const vectorSignatures: Signatures<VectorKernels<unknown>> = {
  fill: { scalars: true, reads: [], writes: ['y'] },
  copy: { reads: ['x'], writes: ['y'] },
  scale: { scalars: true, reads: [], updates: ['y'] },
  addScaled: { scalars: true, reads: ['x'], updates: ['y'] },
  multiply: { reads: ['x', 'm'], writes: ['y'] },
  sumOfSquares: { reads: ['x'], writes: ['y'] },
}

export const vectorWork: Work<VectorDims, keyof typeof vectorSignatures> = {
  lengths: ({ size }, method) => ({ x: size, m: size, y: method === 'sumOfSquares' ? 1 : size }),
  flops: {
    fill: () => 0,
    copy: () => 0,
    scale: ({ size }) => size,
    addScaled: ({ size }) => 2 * size,
    multiply: ({ size }) => size,
    sumOfSquares: ({ size }) => 2 * size,
  },
}

/** Elementwise helpers on tensors of equal shape; outputs are overwritten in place. */
export const vector = {
  /** y = value everywhere. */
  fill(y: FloatTensor, value: number): void {
    const d = { size: y.size }
    kernelTable(y.backend, 'vector', y.dtype, d, 'fill').fill(d, { value }, y.storage)
  },

  /** y = x. */
  copy(x: FloatTensor, y: FloatTensor): void {
    const d = { size: y.size }
    elementwise('copy', { y, x }).copy(d, x.storage, y.storage)
  },

  /** y = a * y. */
  scale(y: FloatTensor, a: number): void {
    const d = { size: y.size }
    kernelTable(y.backend, 'vector', y.dtype, d, 'scale').scale(d, { a }, y.storage)
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
    const kernels = kernelTable(scope.backend, 'vector', dtype, d, 'sumOfSquares')
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
  return kernelTable(y.backend, 'vector', dtype, { size: y.size }, method)
}
