import { defineUpdate } from '../defineUpdate.js'

/**
 * Stochastic gradient descent with Nesterov's momentum (Sutskever and others 2013) as PyTorch writes it, v without the
 * learning rate, and decoupled weight decay (Loshchilov and Hutter 2019).
 */
export const nesterov = defineUpdate('nesterov', {
  formula: `v[i] = momentum * v[i] + g[i];
    w[i] = w[i] - learningRate * weightDecay * w[i] - learningRate * (g[i] + momentum * v[i])`,
  slots: ['v'],
  defaults: { learningRate: 1e-2, momentum: 0.9, weightDecay: 0 },
  step(a, of) {
    const [w, g, v] = [of('w'), of('g'), of('v')]
    const [rate, momentum] = [of('learningRate'), of('momentum')]
    const velocity = a.add(a.mul(momentum, v), g)
    const decayed = a.sub(w, a.mul(a.mul(rate, of('weightDecay')), w))
    return { w: a.sub(decayed, a.mul(rate, a.add(g, a.mul(momentum, velocity)))), v: velocity }
  },
})
