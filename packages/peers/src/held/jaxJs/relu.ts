import type { Kernels } from '@convkit/api'
import { nn } from '@jax-js/jax'
import { type Box, held, overwrite } from './box.js'
import { gradients } from './gradient.js'

export const relu: Kernels<Box>['relu'] = {
  forward: (_, x, y) => overwrite([y], [nn.relu(held(x))]),
  // With a slope at 0 that is not 0, it is given x in the place of y.
  backward: (_, dy, x, dx) => overwrite([dx], gradients(nn.relu, [held(x)], held(dy))),
}
