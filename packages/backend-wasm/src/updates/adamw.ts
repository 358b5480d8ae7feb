import type { AdamwKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { adamScalars } from './adam.js'

export function adamw(runtime: Runtime): AdamwKernels<Storage> {
  return {
    /** Adam's kernel, with what weight decay leaves of w. */
    update({ size }, scalars, g, m, v, w) {
      const kept = 1 - scalars.learningRate * scalars.weightDecay
      runtime.run('adamUpdate', elementwise(runtime, size), {
        size,
        g,
        m,
        v,
        w,
        ...adamScalars(runtime, scalars, kept),
      })
    },
  }
}
