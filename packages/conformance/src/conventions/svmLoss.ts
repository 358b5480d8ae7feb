import type { Conventions, Data, SvmLossKernels } from '@convkit/api'

/** The slope of max(0, margin), NaN for NaN. */
export function slopeOf(margin: number, { slopeAtKink }: Conventions['svmLoss']): number {
  if (margin === 0) return slopeAtKink
  return Number.isNaN(margin) ? margin : Number(margin > 0)
}

/** dlogits[n,c] = scale * slope(margin[n,c]) for c != t[n]; dlogits[n,t[n]] = -sum of the others in the row */
export function backward(rule: Conventions['svmLoss']): SvmLossKernels<Data>['backward'] {
  return ({ n: N, classes: C }, { scale }, logits, t, dlogits) => {
    for (let n = 0; n < N; n++) {
      const target = n * C + t[n]
      let own = 0
      for (let i = n * C; i < (n + 1) * C; i++) {
        if (i === target) continue
        const g = scale * slopeOf(logits[i] - logits[target] + 1, rule)
        dlogits[i] = g
        own -= g
      }
      dlogits[target] = own
    }
  }
}
