import type { Kernels } from '@convkit/api'
import { numpy as np } from '@jax-js/jax'
import { type Box, held, overwrite } from './box.js'

// The library itself has no optimizers; these are written as its users write them.

export const sgd: Kernels<Box>['sgd'] = {
  update: (_, { learningRate }, g, w) => overwrite([w], [held(w).sub(held(g).mul(learningRate))]),
}

export const sgdMomentum: Kernels<Box>['sgdMomentum'] = {
  update(_, { learningRate, momentum }, g, v, w) {
    const velocity = held(v).mul(momentum).sub(held(g).mul(learningRate))
    overwrite([w, v], [held(w).add(velocity.ref), velocity])
  },
}

/** `decay` of the old average, and the rest of what is new. */
function averaged(old: np.Array, now: np.Array, decay: number): np.Array {
  return old.mul(decay).add(now.mul(1 - decay))
}

export const rmsprop: Kernels<Box>['rmsprop'] = {
  update(_, { learningRate, decayRate, epsilon }, g, v, w) {
    const second = averaged(held(v), np.square(held(g)), decayRate)
    const step = held(g).mul(learningRate).div(np.sqrt(second.ref).add(epsilon))
    overwrite([w, v], [held(w).sub(step), second])
  },
}

type Adam = Kernels<Box>['adam']

function adamStep(
  weights: (w: np.Array) => np.Array,
  { learningRate, beta1, beta2, epsilon, step }: Parameters<Adam['update']>[1],
  [g, m, v, w]: readonly [Box, Box, Box, Box],
): void {
  const first = averaged(held(m), held(g), beta1)
  const second = averaged(held(v), np.square(held(g)), beta2)
  const root = np.sqrt(second.ref.div(1 - beta2 ** step)).add(epsilon)
  const change = first.ref
    .div(1 - beta1 ** step)
    .mul(learningRate)
    .div(root)
  overwrite([w, m, v], [weights(held(w)).sub(change), first, second])
}

export const adam: Adam = {
  update: (_, s, ...boxes) => adamStep((w) => w, s, boxes),
}

export const adamw: Kernels<Box>['adamw'] = {
  update: (_, s, ...boxes) => adamStep((w) => w.ref.sub(w.mul(s.learningRate * s.weightDecay)), s, boxes),
}
