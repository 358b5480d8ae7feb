import type { FloatDType, GroupNormDims, Kernels, LayerNormDims } from '@convkit/api'
import type { numpy as np } from '@jax-js/jax'
import { type Box, filled, held, overwrite } from './box.js'
import { gradients } from './gradient.js'
import { momentsOf, normalized } from './moments.js'

const layerShape = (d: LayerNormDims) => [d.n, d.size]

export function layerNorm(dtype: FloatDType): Kernels<Box>['layerNorm'] {
  return {
    forward(d, { eps }, x, gamma, beta, y, mean, variance) {
      const input = held(x, layerShape(d))
      const moments = momentsOf(input.ref, [1])
      const { mean: m, variance: v } = moments
      const xhat = normalized(input, [1], { mean: m.ref, variance: v.ref }, eps)
      overwrite([y, mean, variance], [xhat.mul(held(gamma)).add(held(beta)), m, v])
    },
    backward(d, { eps }, dy, x, gamma, _mean, _variance, dx, dgamma, dbeta) {
      const f = (input: np.Array, g: np.Array, b: np.Array) =>
        normalized(input.ref, [1], momentsOf(input, [1]), eps)
          .mul(g)
          .add(b)
      const primals = [held(x, layerShape(d)), held(gamma), filled([d.size], 0, dtype)]
      overwrite([dx, dgamma, dbeta], gradients(f, primals, held(dy, layerShape(d))))
    },
  }
}

const imagesOf = (d: GroupNormDims) => [d.n, d.channels, d.inner]
const groupsOf = (d: GroupNormDims) => [d.n, d.groups, (d.channels / d.groups) * d.inner]

export function groupNorm(dtype: FloatDType): Kernels<Box>['groupNorm'] {
  return {
    forward(d, { eps }, x, gamma, beta, y, mean, variance) {
      const input = held(x, groupsOf(d))
      const { mean: m, variance: v } = momentsOf(input.ref, [2])
      const xhat = normalized(input, [2], { mean: m.ref, variance: v.ref }, eps).reshape(imagesOf(d))
      const [g, b] = [gamma, beta].map((box) => held(box, [1, d.channels, 1]))
      overwrite([y, mean, variance], [xhat.mul(g).add(b), m, v])
    },
    backward(d, { eps }, dy, x, gamma, _mean, _variance, dx, dgamma, dbeta) {
      const f = (input: np.Array, g: np.Array, b: np.Array) =>
        normalized(input.ref, [2], momentsOf(input, [2]), eps)
          .reshape(imagesOf(d))
          .mul(g)
          .add(b)
      const parameter = [1, d.channels, 1]
      const primals = [held(x, groupsOf(d)), held(gamma, parameter), filled(parameter, 0, dtype)]
      overwrite([dx, dgamma, dbeta], gradients(f, primals, held(dy, imagesOf(d))))
    },
  }
}
