import type { Data, SoftmaxCrossEntropyKernels } from '@convkit/api'

export const softmaxCrossEntropy: SoftmaxCrossEntropyKernels<Data> = {
  /** loss = scale * sum_n (log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n])) */
  forward({ n: N, classes: C }, { scale }, logits, t, loss) {
    let total = 0
    for (let n = 0; n < N; n++) {
      const row = n * C
      const m = maximum(logits, row, row + C)
      total += Math.log(sumOfExp(logits, row, row + C, m)) - (logits[row + t[n]] - m)
    }
    loss[0] = scale * total
  },

  /** dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]]) */
  backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
    for (let n = 0; n < N; n++) {
      const row = n * C
      const m = maximum(logits, row, row + C)
      const sum = sumOfExp(logits, row, row + C, m)
      for (let c = 0; c < C; c++)
        dlogits[row + c] = scale * (Math.exp(logits[row + c] - m) / sum - (c === t[n] ? 1 : 0))
    }
  },
}

function maximum(x: Data, from: number, to: number): number {
  let max = -Infinity
  for (let i = from; i < to; i++) max = Math.max(max, x[i])
  return max
}

function sumOfExp(x: Data, from: number, to: number, shift: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += Math.exp(x[i] - shift)
  return sum
}
