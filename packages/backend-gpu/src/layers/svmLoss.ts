import type { LossDims, SvmLossKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'
import { rectify } from './relu.js'
import { isLabel } from './softmaxCrossEntropy.js'

export const svmLoss: Emitters<SvmLossKernels<Operand>> = {
  /** loss = scale * sum_n sum_{c != t[n]} max(0, margin[n,c]) */
  forward(g, d, s, logits, t, loss) {
    const { margin, own } = margins(g, d, logits, t)
    const hinge = g.where(own, g.scalar(0), rectify(g, margin))
    loss.set(g.mul(s('scale'), g.reshape(g.reduce('ReduceSum', hinge, [0, 1]), [1])))
  },

  /** dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n], or NaN; dlogits[n,t[n]] = -sum of the others in the row */
  backward(g, d, s, logits, t, dlogits) {
    const { margin, own } = margins(g, d, logits, t)
    const zero = g.scalar(0)
    const scale = s('scale')
    const rest = g.forms.nonFinite ? g.where(g.equal(margin, margin), zero, margin) : zero
    const steps = g.where(g.greater(margin, zero), scale, rest)
    const others = g.where(own, zero, steps)
    dlogits.set(g.where(own, g.unary('Neg', g.reduce('ReduceSum', others, [1])), others))
  },
}

/** margin[n,c] = logits[n,c] - logits[n,t[n]] + 1; own[n,c] = [c = t[n]] */
function margins(
  g: Builder,
  d: LossDims,
  logits: Operand,
  t: Operand,
): { readonly margin: Value; readonly own: Value } {
  const x = logits.as([d.n, d.classes])
  const own = isLabel(g, d, t)
  const right = g.reduce('ReduceSum', g.where(own, x, g.scalar(0)), [1])
  return { margin: g.add(g.sub(x, right), g.scalar(1)), own }
}
