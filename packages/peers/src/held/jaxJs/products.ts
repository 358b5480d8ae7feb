import type { Conv2dDims, Kernels } from '@convkit/api'
import { lax, numpy as np } from '@jax-js/jax'
import { type Box, held, overwrite } from './box.js'
import { gradients } from './gradient.js'
import type { Manner } from './manner.js'

export const affine: Kernels<Box>['affine'] = {
  forward({ n, inSize, outSize }, x, w, b, y) {
    const product = np.matmul(held(x, [n, inSize]), held(w, [inSize, outSize]))
    overwrite([y], [b ? product.add(held(b)) : product])
  },
  backward({ n, inSize, outSize }, dy, x, w, dx, dw, db) {
    const given = held(dy, [n, outSize])
    const primals = [held(x, [n, inSize]), held(w, [inSize, outSize])]
    overwrite([dx, dw, db], [...gradients(np.matmul, primals, given.ref), given.sum(0)])
  },
}

const imagesOf = (d: Conv2dDims) => [d.n, d.inC, d.inH, d.inW]
const filtersOf = (d: Conv2dDims) => [d.outC, d.inC / d.groups, d.kH, d.kW]

type Convolution = (x: np.Array, w: np.Array) => np.Array
type Pads = [number, number]

function convolution(d: Conv2dDims): Convolution {
  return convolved(d, [d.padTop, d.padBottom], [d.padLeft, d.padRight])
}

function convolved(d: Conv2dDims, ...pads: [Pads, Pads]): Convolution {
  return (x, w) =>
    lax.convGeneralDilated(x, w, [d.strideH, d.strideW], pads, {
      rhsDilation: [d.dilationH, d.dilationW],
      featureGroupCount: d.groups,
    })
}

/** The same, padded by hand: for some pads the gradient of its own throws. */
function convolutionOfPadded(d: Conv2dDims): Convolution {
  const pads: Pads[] = [
    [0, 0],
    [0, 0],
    [d.padTop, d.padBottom],
    [d.padLeft, d.padRight],
  ]
  return (x, w) => convolved(d, [0, 0], [0, 0])(np.pad(x, pads), w)
}

export function conv2d(manner: Manner): Kernels<Box>['conv2d'] {
  const differentiable = manner === 'plain' ? convolution : convolutionOfPadded
  return {
    forward(d, x, w, b, y) {
      const product = convolution(d)(held(x, imagesOf(d)), held(w, filtersOf(d)))
      overwrite([y], [b ? product.add(held(b, [1, d.outC, 1, 1])) : product])
    },
    backward(d, dy, x, w, dx, dw, db) {
      const given = held(dy, [d.n, d.outC, d.outH, d.outW])
      const primals = [held(x, imagesOf(d)), held(w, filtersOf(d))]
      overwrite([dx, dw, db], [...gradients(differentiable(d), primals, given.ref), given.sum([0, 2, 3])])
    },
  }
}
