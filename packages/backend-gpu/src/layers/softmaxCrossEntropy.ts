import type { LossDims, SoftmaxCrossEntropyKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'

export const softmaxCrossEntropy: Emitters<SoftmaxCrossEntropyKernels<Operand>> = {
  /** loss = scale * sum_n (log(sum_c exp(z[n,c])) - z[n,t[n]]), z[n,c] = logits[n,c] - m[n] */
  forward(g, d, s, logits, t, loss) {
    const { z, sum } = shifted(g, d, logits)
    const own = g.reduce('ReduceSum', g.where(isLabel(g, d, t), z, g.scalar(0)), [1])
    const total = g.reduce('ReduceSum', g.sub(g.unary('Log', sum), own), [0])
    loss.set(g.mul(s('scale'), g.reshape(total, [1])))
  },

  /** dlogits[n,c] = scale * (exp(z[n,c]) / sum_k exp(z[n,k]) - [c = t[n]]) */
  backward(g, d, s, logits, t, dlogits) {
    const { powers, sum } = shifted(g, d, logits)
    const hot = g.where(isLabel(g, d, t), g.scalar(1), g.scalar(0))
    dlogits.set(g.mul(s('scale'), g.sub(g.div(powers, sum), hot)))
  },
}

/** z[n,c] = logits[n,c] - m[n], its powers exp(z) and their sum in each row */
function shifted(
  g: Builder,
  { n: N, classes: C }: LossDims,
  logits: Operand,
): { readonly z: Value; readonly powers: Value; readonly sum: Value } {
  const x = logits.as([N, C])
  const z = g.sub(x, g.reduce('ReduceMax', x, [1]))
  const powers = g.unary('Exp', z)
  return { z, powers, sum: g.reduce('ReduceSum', powers, [1]) }
}

/** [c = t[n]], shape (N, C) */
export function isLabel(g: Builder, { n: N, classes: C }: LossDims, t: Operand): Value {
  const classes = g.constant(
    Int32Array.from({ length: C }, (_, c) => c),
    [1, C],
  )
  return g.equal(t.as([N, 1]), classes)
}
