import { defineElementLoss } from '../defineElementLoss.js'

/** -t log(p) - (1 - t) log(1 - p) of p = sigmoid(x), without a logarithm of 0. */
export const binaryCrossEntropyWithLogits = defineElementLoss('binaryCrossEntropyWithLogits', {
  formula: 'log(1 + exp(x)) - t x',
  loss: (a, of) => a.sub(a.softplus(of('x')), a.mul(of('t'), of('x'))),
})
