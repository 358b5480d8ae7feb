import type { MaxPool2dDims, MaxPool2dKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'
import { taps, untap } from '../window.js'

/** Below every number that matters, and unlike -infinity no trouble to devices without infinities. */
const lowest = -3e38

export const maxPool2d: Emitters<MaxPool2dKernels<Operand>> = {
  /** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl] */
  forward(g, d, x, y) {
    const parts = taps(g, d, x.as(image(d)), g.forms.nonFinite ? Number.NEGATIVE_INFINITY : lowest)
    y.set(parts.reduce((best, part) => larger(g, best, part)))
  },

  /** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum is x[n,c,h,w] */
  backward(g, d, dy, x, y, dx) {
    const upstream = dy.as([d.n, d.channels, d.outH, d.outW])
    const zero = g.scalar(0)
    let taken: Value | null = null
    const shares = matches(g, d, x.as(image(d)), y.as(upstream.shape)).map((match) => {
      const first: Value = taken ? g.and(match, g.not(taken)) : match
      taken = taken ? g.or(taken, match) : match
      return g.where(first, upstream, zero)
    })
    dx.set(untap(g, d, shares))
  },
}

function image(d: MaxPool2dDims): readonly number[] {
  return [d.n, d.channels, d.inH, d.inW]
}

function larger(g: Builder, a: Value, b: Value): Value {
  if (g.forms.nanKept || !g.forms.nonFinite) return g.max(a, b)
  // Of a and b, a where it is a NaN: then no comparison holds, and b does not equal itself or is no NaN.
  return g.where(g.or(g.greater(b, a), g.not(g.equal(b, b))), b, a)
}

/** For each tap, whether it holds the maximum of its window, or is a NaN. Padding is a NaN there that is not looked for. */
function matches(g: Builder, d: MaxPool2dDims, x: Value, y: Value): Value[] {
  if (!g.forms.nonFinite) return taps(g, d, x, lowest).map((tap) => g.equal(tap, y))
  const isNaN = g.where(g.equal(x, x), g.scalar(0), g.scalar(1))
  const nans = taps(g, d, isNaN, 0)
  const half = g.scalar(0.5)
  return taps(g, d, x, Number.NaN).map((tap, at) => g.or(g.equal(tap, y), g.greater(nans[at], half)))
}
