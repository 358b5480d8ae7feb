import type { Conv2dDims, Data } from '@convkit/api'
import type { KernelFault } from '../mutants/mutant.js'

type Change = KernelFault<'conv2d'>['change']

/** The right gradient, of other dims and operands. */
type Run = (d: Conv2dDims, dy: Data, other: Data) => void

/** An input gradient that is wrong where `holds` is true of the dims; the other gradients are right. */
export function wrongDx(
  holds: (d: Conv2dDims) => boolean,
  compute: (d: Conv2dDims, dy: Data, w: Data, dx: Data, run: Run) => void,
): Change {
  return ({ backward }) => ({
    backward(d, dy, x, w, dx, dw, db) {
      if (!dx || !holds(d)) return backward(d, dy, x, w, dx, dw, db)
      backward(d, dy, x, w, null, dw, db)
      compute(d, dy, w, dx, (ownD, ownDy, ownW) => backward(ownD, ownDy, x, ownW, dx, null, null))
    },
  })
}

/** The same of the weight gradient. */
export function wrongDw(
  holds: (d: Conv2dDims) => boolean,
  compute: (d: Conv2dDims, dy: Data, x: Data, dw: Data, run: Run) => void,
): Change {
  return ({ backward }) => ({
    backward(d, dy, x, w, dx, dw, db) {
      if (!dw || !holds(d)) return backward(d, dy, x, w, dx, dw, db)
      backward(d, dy, x, w, dx, null, db)
      compute(d, dy, x, dw, (ownD, ownDy, ownX) => backward(ownD, ownDy, ownX, w, null, dw, null))
    },
  })
}

export const isPointwise = ({ kH, kW }: Conv2dDims): boolean => kH * kW === 1
export const isPadded = (d: Conv2dDims): boolean => d.padTop + d.padLeft + d.padBottom + d.padRight > 0
export const isDilated = (d: Conv2dDims): boolean => d.dilationH * d.dilationW > 1
export const isStrided = (d: Conv2dDims): boolean => d.strideH * d.strideW > 1

/** The filter, channel and tap of an element of w. */
export function weightAt(d: Conv2dDims, index: number): { f: number; c: number; i: number; j: number } {
  const [plane, tap] = [Math.floor(index / (d.kH * d.kW)), index % (d.kH * d.kW)]
  const groupC = d.inC / d.groups
  return { f: Math.floor(plane / groupC), c: plane % groupC, i: Math.floor(tap / d.kW), j: tap % d.kW }
}

/** The row and column of an element of an image that is `width` wide and `height` high. */
export function pixelAt(height: number, width: number, index: number): { h: number; w: number } {
  return { h: Math.floor(index / width) % height, w: index % width }
}
