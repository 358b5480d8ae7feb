import type { AdamKernels, AdamwKernels, Conventions, Data } from '@convkit/api'

/** m and v as ever; w by a denominator of (sqrt(v) + epsilon) / sqrt(1 - beta2^step), or sqrt(v / (1 - beta2^step)) + epsilon. */
export function update({ epsilon: place }: Conventions['adam']): AdamKernels<Data>['update'] {
  return ({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) => {
    const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step]
    const [inner, outer] = place === 'beforeCorrection' ? [1, Math.sqrt(correction2)] : [correction2, 1]
    for (let i = 0; i < size; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i]
      v[i] = beta2 * v[i] + (1 - beta2) * (g[i] * g[i])
      w[i] = w[i] - (learningRate * outer * (m[i] / correction1)) / (Math.sqrt(v[i] / inner) + epsilon)
    }
  }
}

/** The weights decay by learningRate * weightDecay, or by weightDecay alone, and then it is Adam's step. */
export function decayingUpdate({ epsilon, decay }: Conventions['adamw']): AdamwKernels<Data>['update'] {
  const step = update({ epsilon })
  return (d, s, g, m, v, w) => {
    const part = decay === 'alone' ? s.weightDecay : s.learningRate * s.weightDecay
    for (let i = 0; i < d.size; i++) w[i] = w[i] - part * w[i]
    step(d, s, g, m, v, w)
  }
}
