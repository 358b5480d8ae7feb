/** Probabilities of one image's scores s (classes): p[c] = exp(s[c] - max s) / sum_k exp(s[k] - max s). */
export function softmax(scores: ArrayLike<number>): number[] {
  const row = Array.from(scores)
  const highest = Math.max(...row)
  const powers = row.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
