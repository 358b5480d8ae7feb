import type { LossKernels } from '@convkit/api'
import type { Runtime } from './runtime.js'
import type { Storage } from './storage.js'
import { total } from './vector.js'

/** A loss whose kernels leave a term a row, added up here, and gradients row by row; `nanosecondsEach` is for a logit. */
export function loss(
  runtime: Runtime,
  name: 'softmaxCrossEntropy' | 'svmLoss',
  nanosecondsEach: number,
): LossKernels<Storage> {
  return {
    forward({ n, classes }, { scale }, logits, labels, loss) {
      const terms = runtime.memory.scratch(n * 8)
      const work = { units: n, nanoseconds: n * classes * nanosecondsEach }
      runtime.run(`${name}Forward`, work, { classes, logits, labels, terms })
      total(runtime, n, terms, loss, scale)
    },

    backward({ n, classes }, { scale }, logits, labels, dlogits) {
      const work = { units: n, nanoseconds: n * classes * nanosecondsEach }
      runtime.run(`${name}Backward`, work, { classes, scale, logits, labels, dlogits })
    },
  }
}
