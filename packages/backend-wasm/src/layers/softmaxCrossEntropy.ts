import type { SoftmaxCrossEntropyKernels } from '@convkit/api'
import type { Storage } from '../memory.js'
import type { Runtime } from '../runtime.js'
import { total } from '../vector.js'

export function softmaxCrossEntropy(runtime: Runtime): SoftmaxCrossEntropyKernels<Storage> {
  return {
    /** loss = scale * sum_n (log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n])) */
    forward({ n, classes }, { scale }, logits, labels, loss) {
      const terms = runtime.memory.scratch(n * 8)
      const work = { units: n, nanoseconds: n * classes * 2 }
      runtime.run('softmaxCrossEntropyForward', work, [classes, logits, labels, terms])
      total(runtime, n, terms, loss, scale)
    },

    /** dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]]) */
    backward({ n, classes }, { scale }, logits, labels, dlogits) {
      const work = { units: n, nanoseconds: n * classes * 2 }
      runtime.run('softmaxCrossEntropyBackward', work, [classes, logits, labels, dlogits], [scale])
    },
  }
}
