import type { AdamKernels, AdamScalars } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Fed, Operand } from '../emit.js'

export const adam: Emitters<AdamKernels<Operand>> = {
  update(g, { size }, s, gradient, m, v, w) {
    w.set(g.sub(w.as([size]), adamStep(g, size, s, gradient, m, v)))
  },
}

/** Updates both moments; what is to be taken from w. Powers of the betas are the host's: some devices have poor ones. */
export function adamStep(
  g: Builder,
  size: number,
  fed: Fed<AdamScalars>,
  gradient: Operand,
  m: Operand,
  v: Operand,
): Value {
  const dw = gradient.as([size])
  const fresh1 = fed('1 - beta1', ({ beta1 }) => 1 - beta1)
  const fresh2 = fed('1 - beta2', ({ beta2 }) => 1 - beta2)
  const mean = g.add(g.mul(fed('beta1'), m.as([size])), g.mul(fresh1, dw))
  const squares = g.add(g.mul(fed('beta2'), v.as([size])), g.mul(fresh2, g.mul(dw, dw)))
  m.set(mean)
  v.set(squares)
  // m / c1 / (sqrt(v / c2) + epsilon) = m / (sqrt(v) + epsilon sqrt(c2)) * sqrt(c2) / c1, with two operations less.
  const epsilon = fed(
    'epsilon * sqrt(1 - beta2^step)',
    ({ epsilon, beta2, step }) => epsilon * Math.sqrt(1 - beta2 ** step),
  )
  const rate = fed(
    'rate',
    ({ learningRate, beta1, beta2, step }) => (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
  )
  return g.mul(rate, g.div(mean, g.add(g.unary('Sqrt', squares), epsilon)))
}
