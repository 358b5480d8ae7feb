/**
 * For each row of scores (N, classes) the class of the highest score, the first of equals. A row that holds a NaN has
 * no highest score and gives -1, so that a broken model is never taken for a right one.
 */
export function argmaxRows(scores: Float32Array | Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, n) =>
    argmax(scores.subarray(n * classes, (n + 1) * classes)),
  )
}

function argmax(row: Float32Array | Float64Array): number {
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (const [c, score] of row.entries()) {
    if (Number.isNaN(score)) return -1
    if (score > highest) {
      best = c
      highest = score
    }
  }
  return best
}
