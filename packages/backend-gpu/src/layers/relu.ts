import type { ReluKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'

export const relu: Emitters<ReluKernels<Operand>> = {
  forward(g, { size }, x, y) {
    y.set(rectify(g, x.as([size])))
  },

  /** dx[i] = dy[i] where y[i] > 0, 0 where y[i] = 0, and NaN where y[i] is NaN */
  backward(g, { size }, dy, y, dx) {
    const value = y.as([size])
    const zero = g.scalar(0)
    // What is not above 0 is 0 or NaN.
    dx.set(g.where(g.greater(value, zero), dy.as([size]), g.forms.nonFinite ? value : zero))
  },
}

/** 0 where x <= 0, else x, which a NaN is too. */
export function rectify(g: Builder, x: Value): Value {
  if (g.forms.nanKept || !g.forms.nonFinite) return g.unary('Relu', x)
  const zero = g.scalar(0)
  return g.where(g.lessOrEqual(x, zero), zero, x)
}
