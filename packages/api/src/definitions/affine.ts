import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { formatShape, type Shape, shapeErrors, sizeOf } from '../shape.js'

/** x (N, D) after flattening, w (D, M), b (M), y (N, M), with N = n, D = inSize, M = outSize. */
export interface AffineDims {
  readonly n: number
  readonly inSize: number
  readonly outSize: number
}

function dims(x: Shape, w: Shape, b?: Shape): AffineDims {
  const fault = shapeErrors('affine', { x, w })
  const [n, ...rest] = x
  const [inSize, outSize] = w
  if (n === undefined) throw fault('x', 'x must have at least 1 axis')
  if (w.length !== 2 || inSize === undefined || outSize === undefined)
    throw fault('w', `w must have 2 axes (D, M) but has ${w.length}`)
  if (sizeOf(rest) !== inSize) throw fault('x', `x has ${sizeOf(rest)} features but w expects ${inSize}`)
  if (b && (b.length !== 1 || b[0] !== outSize))
    throw fault('b', `b must have shape [${outSize}], got ${formatShape(b)}`)
  return Object.freeze({ n, inSize, outSize })
}

export const affine = defineLayer('affine', {
  dims,
  lengths: ({ n, inSize, outSize }) => ({ x: n * inSize, w: inSize * outSize, b: outSize, y: n * outSize }),
  methods: {
    forward: {
      formula: 'y[n,m] = b[m] + sum_d x[n,d] * w[d,m]',
      reads: ['x', 'w', 'b'],
      writes: ['y'],
      optional: ['b'],
      flops: ({ n, inSize, outSize }) => (2 * inSize + 1) * n * outSize,
    },
    backward: {
      formula: 'dx[n,d] = sum_m dy[n,m] * w[d,m]; dw[d,m] = sum_n x[n,d] * dy[n,m]; db[m] = sum_n dy[n,m]',
      reads: ['dy', 'x', 'w'],
      writes: ['dx', 'dw', 'db'],
      optional: ['dx', 'dw', 'db'],
      flops({ n, inSize, outSize }, wanted) {
        const product = 2 * n * inSize * outSize
        return (wanted('dx') ? product : 0) + (wanted('dw') ? product : 0) + (wanted('db') ? n * outSize : 0)
      },
    },
  },
})

export type AffineKernels<S> = KernelsOf<typeof affine, S>
