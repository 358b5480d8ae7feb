import type { SvmLossKernels } from '@convkit/api'
import type { Storage } from '../memory.js'
import type { Runtime } from '../runtime.js'
import { total } from '../vector.js'

export function svmLoss(runtime: Runtime): SvmLossKernels<Storage> {
  return {
    /** loss = scale * sum_n sum_{c != t[n]} max(0, margin[n,c]) */
    forward({ n, classes }, { scale }, logits, labels, loss) {
      const terms = runtime.memory.scratch(n * 8)
      const work = { units: n, nanoseconds: n * classes * 0.5 }
      runtime.run('svmLossForward', work, [classes, logits, labels, terms])
      total(runtime, n, terms, loss, scale)
    },

    /** dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n]; dlogits[n,t[n]] = -sum of the others in the row */
    backward({ n, classes }, { scale }, logits, labels, dlogits) {
      const work = { units: n, nanoseconds: n * classes * 0.5 }
      runtime.run('svmLossBackward', work, [classes, logits, labels, dlogits], [scale])
    },
  }
}
