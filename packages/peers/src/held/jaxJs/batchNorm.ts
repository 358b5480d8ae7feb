import type { FloatDType, Kernels } from '@convkit/api'
import { numpy as np } from '@jax-js/jax'
import { type Box, filled, held, overwrite } from './box.js'
import { gradients } from './gradient.js'
import { momentsOf, normalized } from './moments.js'

export function batchNorm(dtype: FloatDType): Kernels<Box>['batchNorm'] {
  const axes = [0, 2]
  return {
    statistics({ n, channels, inner }, x, mean, variance) {
      const moments = momentsOf(held(x, [n, channels, inner]), axes)
      overwrite([mean, variance], [moments.mean, moments.variance])
    },
    normalize({ n, channels, inner }, { eps }, x, gamma, beta, mean, variance, y) {
      const [g, b, m, v] = [gamma, beta, mean, variance].map((box) => held(box, [1, channels, 1]))
      const xhat = normalized(held(x, [n, channels, inner]), axes, { mean: m, variance: v }, eps)
      overwrite([y], [xhat.mul(g).add(b)])
    },
    running(_, { momentum }, batch, running) {
      overwrite(
        [running],
        [
          held(running)
            .mul(momentum)
            .add(held(batch).mul(1 - momentum)),
        ],
      )
    },
    reduce({ n, channels, inner }, { eps }, dy, x, mean, variance, dgamma, dbeta) {
      const [m, v] = [mean, variance].map((box) => held(box, [1, channels, 1]))
      const xhat = normalized(held(x, [n, channels, inner]), axes, { mean: m, variance: v }, eps)
      const parameters = [filled([1, channels, 1], 1, dtype), filled([1, channels, 1], 0, dtype)]
      const scaled = (gamma: np.Array, beta: np.Array) => xhat.mul(gamma).add(beta)
      overwrite([dgamma, dbeta], gradients(scaled, parameters, held(dy, [n, channels, inner])))
    },
    // The gradient through statistics that were taken elsewhere: what they add is in dgamma and dbeta.
    input({ n, channels, inner }, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
      const shape = [1, channels, 1]
      const [g, m, v, dg, db] = [gamma, mean, variance, dgamma, dbeta].map((box) => held(box, shape))
      const xhat = normalized(held(x, [n, channels, inner]), axes, { mean: m, variance: v.ref }, eps)
      const centred = held(dy, [n, channels, inner]).sub(xhat.mul(dg).add(db).div(count))
      overwrite([dx], [centred.mul(g.div(np.sqrt(v.add(eps))))])
    },
    inputFixed({ n, channels, inner }, { eps }, dy, gamma, variance, dx) {
      const [g, v] = [gamma, variance].map((box) => held(box, [1, channels, 1]))
      const mean = filled([1, channels, 1], 0, dtype)
      // It is linear in x, so its gradient is the same at every x.
      const scaled = (x: np.Array) => normalized(x, axes, { mean, variance: v }, eps).mul(g)
      const x = filled([n, channels, inner], 0, dtype)
      overwrite([dx], gradients(scaled, [x], held(dy, [n, channels, inner])))
    },
  }
}
