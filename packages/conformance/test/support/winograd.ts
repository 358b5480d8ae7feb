import type { Arithmetic, Backend, Conv2dDims, Conv2dKernels, Data, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import {
  convolutions,
  is3x3,
  type Operations,
  overTiles,
  sandwich,
  transforms,
  weightsOf,
} from '../../src/layers/winograd.js'
import type { Style } from './style.js'

export type Transforms = typeof transforms

export interface WinogradOptions {
  readonly declared: boolean
  readonly transforms: Transforms
  /** What happens to a transformed number before it is multiplied: nothing, unless the matrix unit is coarse. */
  readonly operand: (value: number) => number
}

const plain: WinogradOptions = { declared: true, transforms, operand: (value) => value }

/** How float64 computes, and float32 in some order of sums. */
export const float64: Operations = { multiply: (a, b) => a * b, sum: (terms) => terms.reduce((a, b) => a + b, 0) }
export const float32 = ({ sum }: Style): Operations => ({ multiply: (a, b) => Math.fround(a * b), sum })

/** Naive, but for 3 x 3 convolutions at stride 1 and their dx, which it computes by F(2x2, 3x3), every operation rounded. */
export function createWinograd(
  dtype: FloatDType,
  operations: Operations,
  options: Partial<WinogradOptions> = {},
): Backend<Data> {
  const { declared, transforms, operand } = { ...plain, ...options }
  const naive = createNaive()
  const own = naive.kernels[dtype]
  if (!own?.conv2d) throw new Error('naive has it')
  const { conv2d } = own

  function convolve(d: Conv2dDims, which: 'y' | 'dx', x: Data, w: Data, b: Data | null, y: Data): void {
    const sizes = convolutions(d)[which]
    const { multiply, sum } = operations
    const weights = weightsOf(d, w)[which]
    const values = overTiles(sizes, x, weights, transforms, operations, (U, V) => {
      const products = V[0].map((row, k) =>
        row.map((_, l) => sum(V.map((v, c) => multiply(operand(U[c][k][l]), operand(v[k][l]))))),
      )
      return sandwich(transforms.AT, products, operations)
    })
    const size = sizes.outH * sizes.outW
    for (let i = 0; i < y.length; i++) {
      const f = Math.floor(i / size) % (sizes.groups * sizes.groupF)
      y[i] = b ? sum([values[i], b[f]]) : values[i]
    }
  }

  const kernels: Conv2dKernels<Data> = {
    forward(d, x, w, b, y) {
      if (is3x3(d)) convolve(d, 'y', x, w, b, y)
      else conv2d.forward(d, x, w, b, y)
    },
    backward(d, dy, x, w, dx, dw, db) {
      conv2d.backward(d, dy, x, w, dx, dw, db)
      if (dx && is3x3(d)) convolve(d, 'dx', dy, w, null, dx)
    },
  }
  const arithmetic: Arithmetic = {
    unitRoundoff: dtype === 'float32' ? 2 ** -24 : 2 ** -53,
    subnormals: 'kept',
    nonFinite: 'ieee',
    deterministic: true,
    convolution: declared ? 'winograd' : 'direct',
  }
  return { ...naive, arithmetic: { [dtype]: arithmetic }, kernels: { [dtype]: { ...own, conv2d: kernels } } }
}
