import type { Data, SvmLossKernels } from '@convkit/api'

export const svmLoss: SvmLossKernels<Data> = {
  /** loss = scale * sum_n sum_{c != t[n]} max(0, logits[n,c] - logits[n,t[n]] + 1) */
  forward({ n: N, classes: C }, { scale }, logits, t, loss) {
    let total = 0
    for (let n = 0; n < N; n++) {
      const row = n * C
      for (let c = 0; c < C; c++) if (c !== t[n]) total += Math.max(0, logits[row + c] - logits[row + t[n]] + 1)
    }
    loss[0] = scale * total
  },

  /** dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n], or NaN; dlogits[n,t[n]] = -sum of the others in the row */
  backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
    for (let n = 0; n < N; n++) {
      const row = n * C
      let own = 0
      for (let c = 0; c < C; c++) {
        if (c === t[n]) continue
        const margin = logits[row + c] - logits[row + t[n]] + 1
        const g = margin > 0 ? scale : Number.isNaN(margin) ? Number.NaN : 0
        dlogits[row + c] = g
        own -= g
      }
      dlogits[row + t[n]] = own
    }
  },
}
