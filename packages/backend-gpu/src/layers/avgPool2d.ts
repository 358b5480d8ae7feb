import type { AvgPool2dDims, AvgPool2dKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'
import { spreadOverWindows, taps, untap, windowSums } from '../window.js'

export const avgPool2d: Emitters<AvgPool2dKernels<Operand>> = {
  /** y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x */
  forward(g, d, x, y) {
    const image = x.as([d.n, d.channels, d.inH, d.inW])
    if (!g.forms.nonFinite) {
      const sums = windowSums(g, d, image)
      y.set(g.div(g.reshape(sums, [d.n, d.channels, d.outH, d.outW]), counts(g, d)))
      return
    }
    const parts = taps(g, d, image, 0)
    y.set(
      g.div(
        parts.reduce((sum, part) => g.add(sum, part)),
        counts(g, d),
      ),
    )
  },

  /** dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w) */
  backward(g, d, dy, dx) {
    const share = g.div(dy.as([d.n, d.channels, d.outH, d.outW]), counts(g, d))
    if (!g.forms.nonFinite) {
      dx.set(spreadOverWindows(g, d, share))
      return
    }
    dx.set(
      untap(
        g,
        d,
        Array.from({ length: d.kH * d.kW }, () => share),
      ),
    )
  },
}

/** k[p,q]: the taps of each window, those inside x where padding does not count */
function counts(g: Builder, d: AvgPool2dDims): Value {
  if (d.countIncludePad) return g.scalar(d.kH * d.kW)
  const inside = (out: number, stride: number, pad: number, kernel: number, size: number) => {
    const start = out * stride - pad
    return Math.min(size, start + kernel) - Math.max(0, start)
  }
  const k = Float32Array.from({ length: d.outH * d.outW }, (_, at) => {
    const [p, q] = [Math.floor(at / d.outW), at % d.outW]
    return inside(p, d.strideH, d.padTop, d.kH, d.inH) * inside(q, d.strideW, d.padLeft, d.kW, d.inW)
  })
  return g.constant(k, [1, 1, d.outH, d.outW])
}
