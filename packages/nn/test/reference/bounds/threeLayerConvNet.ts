import { input, number, type ReferenceCase } from '../case.js'
import { affineBackward, affineForward, convForward, convWeightGradient } from './linear.js'
import { poolBackward, poolForward, reluBackward, reluForward } from './piecewise.js'
import type { Bound } from './rounding.js'
import { type Approx, running } from './running.js'
import { softmaxLoss } from './softmaxCrossEntropy.js'

/**
 * The whole net, layer after layer: every value goes on with the error it has so far. Where a ReLU's sign or a pool's
 * winner is within that error, the gradient may take either way, and the bound holds for both.
 */
export const threeLayerConvNet: Bound = async (c, _, precision) => {
  const [N = 0, C = 0, H = 0, W = 0] = input(c, 'in.X').shape
  const filters = number(c, 'numFilters')
  const conv = { N, C, H, W, F: filters, K: number(c, 'filterSize') }
  const planes = { planes: N * filters, H, W }
  const hidden = { N, inSize: filters * Math.floor(H / 2) * Math.floor(W / 2), outSize: number(c, 'hiddenDim') }
  const output = { N, inSize: hidden.outSize, outSize: number(c, 'numClasses') }
  const [X, W1, b1] = [exactly(c, 'X'), exactly(c, 'W1'), exactly(c, 'b1')]
  const [W2, b2, W3, b3] = [exactly(c, 'W2'), exactly(c, 'b2'), exactly(c, 'W3'), exactly(c, 'b3')]

  const h1 = convForward(conv, X, W1, b1, precision)
  const r1 = reluForward(h1)
  const p1 = poolForward(planes, r1)
  const h2 = affineForward(hidden, p1, W2, b2, precision)
  const r2 = reluForward(h2)
  const scores = affineForward(output, r2, W3, b3, precision)
  const { loss, dlogits } = softmaxLoss(scores, input(c, 'in.labels').data, precision)

  const d3 = affineBackward(output, dlogits, r2, W3, precision)
  const d2 = affineBackward(hidden, reluBackward(h2, d3.dx), p1, W2, precision)
  const d1 = convWeightGradient(conv, reluBackward(h1, poolBackward(planes, r1, d2.dx)), X, precision)

  const { scalar, add, mul, sum } = running(precision)
  const reg = scalar(number(c, 'reg'))
  const half = mul(scalar(0.5), reg)
  const weights = [W1, W2, W3]
  const penalty = weights.map((w) => mul(half, sum(w.map((a) => mul(a, a))))).reduce(add)
  const decayed = (dw: readonly Approx[], w: readonly Approx[]) =>
    dw.map((d, i) => add(d, mul(reg, w[i] ?? { value: Number.NaN, error: 0 })))
  return new Map(
    Object.entries({
      'out.scores': scores,
      'out.loss': [add(loss, penalty)],
      'grad.W1': decayed(d1.dw, W1),
      'grad.b1': d1.db,
      'grad.W2': decayed(d2.dw, W2),
      'grad.b2': d2.db,
      'grad.W3': decayed(d3.dw, W3),
      'grad.b3': d3.db,
    }).map(([name, values]) => [name, Float64Array.from(values, ({ error }) => error)]),
  )
}

function exactly(c: ReferenceCase, name: string): readonly Approx[] {
  return Array.from(input(c, `in.${name}`).data, (value) => ({ value, error: 0 }))
}
