import type { AdamKernels, AdamScalars } from '@convkit/api'
import type { AdamUpdate } from '../generated/params.js'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { least } from './least.js'

export function adam(runtime: Runtime): AdamKernels<Storage> {
  return {
    update({ size }, scalars, g, m, v, w) {
      runtime.run('adamUpdate', elementwise(runtime, size), {
        size,
        g,
        m,
        v,
        w,
        ...adamScalars(runtime, scalars, 1),
      })
    },
  }
}

/** What is the same for all parameters; `kept` is the factor that weight decay leaves of w. */
export function adamScalars(
  runtime: Runtime,
  { learningRate, beta1, beta2, epsilon, step }: AdamScalars,
  kept: number,
): Omit<AdamUpdate, 'size' | 'g' | 'm' | 'v' | 'w'> {
  const rate = learningRate / (1 - beta1 ** step)
  const root = 1 / Math.sqrt(1 - beta2 ** step)
  const [share1, share2] = [1 - beta1, Math.sqrt(1 - beta2)]
  const [limit1, limit2] = [least(runtime) / share1, Math.sqrt(least(runtime)) / share2]
  return { rate, beta1, share1, beta2, share2, root, epsilon, kept, limit1, limit2 }
}
