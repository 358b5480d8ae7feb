import type { MaxPool2dDims, MaxPool2dKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'
import { patches, reached, taps, unpatch, untap } from '../window.js'

/** Below every number that matters, and unlike -infinity no trouble to devices without infinities. */
const lowest = -3e38

export const maxPool2d: Emitters<MaxPool2dKernels<Operand>> = {
  /** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl] */
  forward(g, d, x, y) {
    if (!g.forms.nonFinite) {
      y.set(pooled(g, d, x.as(image(d))))
      return
    }
    const parts = taps(g, d, x.as(image(d)), Number.NEGATIVE_INFINITY)
    y.set(parts.reduce((best, part) => larger(g, best, part)))
  },

  /** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum is x[n,c,h,w] */
  backward(g, d, dy, x, y, dx) {
    if (!g.forms.nonFinite) {
      dx.set(routed(g, d, dy, x, y))
      return
    }
    const zero = g.scalar(0)
    const shape = [d.n, d.channels, d.outH, d.outW]
    // What no earlier tap has taken; the last one takes the rest, since a window has a maximum.
    let rest = dy.as(shape)
    const shares = matches(g, d, x.as(image(d)), y.as(shape)).map((match) => {
      const share = g.where(match, rest, zero)
      rest = g.where(match, zero, rest)
      return share
    })
    dx.set(untap(g, d, [...shares, rest]))
  },
}

function image(d: MaxPool2dDims): readonly number[] {
  return [d.n, d.channels, d.inH, d.inW]
}

function pooled(g: Builder, d: MaxPool2dDims, x: Value): Value {
  const attributes = { kernel_shape: [d.kH, d.kW], strides: [d.strideH, d.strideW], pads: [0, 0, 0, 0], ceil_mode: 0 }
  return g.op('MaxPool', [reached(g, d, x, lowest)], attributes, [d.n * d.channels, 1, d.outH, d.outW])
}

/** Each dy[n,c,p,q] to the first of its window's patches that equals y[n,c,p,q]. */
function routed(g: Builder, d: MaxPool2dDims, dy: Operand, x: Operand, y: Operand): Value {
  const [planes, count] = [d.n * d.channels, d.kH * d.kW]
  const window = [planes, 1, d.outH, d.outW]
  const own = patches(g, d, x.as(image(d)), lowest)
  const match = g.where(g.equal(own, y.as(window)), g.scalar(1), g.scalar(0))
  // How many patches before it match: a matrix with ones below the diagonal.
  const below = Float32Array.from({ length: count * count }, (_, at) => (at % count < Math.floor(at / count) ? 1 : 0))
  const columns = g.reshape(match, [planes, count, d.outH * d.outW])
  const before = g.op('MatMul', [g.constant(below, [count, count]), columns], {}, columns.shape)
  const first = g.greater(match, g.reshape(before, match.shape))
  return unpatch(g, d, g.where(first, dy.as(window), g.scalar(0)))
}

function larger(g: Builder, a: Value, b: Value): Value {
  if (g.forms.nanKept) return g.max(a, b)
  // Last what is no NaN: on the processor `Where` gives 0 for a -0 of its second operand (onnxruntime issue 32191).
  return g.where(g.isNaN(a), a, g.where(g.isNaN(b), b, g.max(a, b)))
}

/** For each tap but the last, whether it holds the maximum of its window; where a window has NaNs, whether it is one. */
function matches(g: Builder, d: MaxPool2dDims, x: Value, y: Value): Value[] {
  const last = d.kH * d.kW - 1
  if (d.padTop + d.padLeft + d.padBottom + d.padRight === 0)
    return taps(g, d, x, null, last).map((tap) => g.or(g.equal(tap, y), g.isNaN(tap)))
  // Padding is a NaN, which equals nothing, but is not looked for: it does not win over -infinity.
  const unordered = taps(g, d, g.where(g.equal(x, x), g.scalar(0), g.scalar(1)), 0, last)
  const padded = taps(g, d, x, Number.NaN, last)
  return padded.map((tap, at) => g.or(g.equal(tap, y), g.greater(unordered[at], g.scalar(0))))
}
