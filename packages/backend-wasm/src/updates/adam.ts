import type { AdamKernels, AdamScalars } from '@convkit/api'
import type { Storage } from '../memory.js'
import { elementwise, type Runtime } from '../runtime.js'

export function adam(runtime: Runtime): AdamKernels<Storage> {
  return {
    update({ size }, scalars, g, m, v, w) {
      runtime.run('adamUpdate', elementwise(runtime, size), [size, g, m, v, w], adamScalars(scalars, 1))
    },
  }
}

/** What is the same for all parameters, in double; `kept` is the factor that weight decay leaves of w. */
export function adamScalars(
  { learningRate, beta1, beta2, epsilon, step }: AdamScalars,
  kept: number,
): readonly number[] {
  const rate = learningRate / (1 - beta1 ** step)
  const root = 1 / Math.sqrt(1 - beta2 ** step)
  return [rate, beta1, 1 - beta1, beta2, Math.sqrt(1 - beta2), root, epsilon, kept]
}
