import { type FloatTensor, type Scope, softmaxCrossEntropy, sumOf, vector } from '@convkit/api'
import { type LabelLoss, scaleOf } from './loss.js'
import { floatArray } from './parameter.js'

/**
 * With W the mean of the class weights w, a row of label t costs r[t] (-log p[t]) + sum_c l[c] x[c] of its scores x, where
 * r[t] = w[t] + s (W - w[t]) and l[c] = s (W [c = t] - w[c] / C). The kernel gives the first, in a pass over the rows of each r that
 * differs; the rest is linear.
 */
export function weightedCrossEntropy(s: number, classWeights: readonly number[] | null): LabelLoss {
  const { name, dims, forward, backward } = softmaxCrossEntropy
  const weightOf = (labels: Int32Array) => (classWeights ? weigh(labels, classWeights) : labels.length)
  return {
    name,
    targets: 'labels',
    ...(classWeights && { classes: classWeights.length, weightOf }),
    forward(scope, logits, labels, share) {
      const { classes } = dims(logits.shape, labels.shape, labels.classes)
      const t = labels.values
      const scale = scaleOf(share, weightOf(t))
      const w = classWeights ?? new Array<number>(classes).fill(1)
      const mean = sum(w) / classes
      const r = w.map((weight) => weight + s * (mean - weight))
      const passes = distinct(r).map((weight) => {
        const rows = r.every((other) => other === weight) ? logits : only(scope, logits, t, (n) => r[t[n]] === weight)
        return forward(scope, { logits: rows, labels }, { scale: scale * weight })
      })
      const loss = total(passes.map((pass) => pass.loss))
      const linear =
        s === 0 ? null : matrix(scope, logits, (n, c) => scale * s * ((c === t[n] ? mean : 0) - w[c] / classes))
      if (linear) {
        const products = scope.alloc(logits.shape, logits.dtype)
        vector.multiply(logits, linear, products)
        vector.addScaled(loss, 1, sumOf(scope, products))
      }
      return {
        loss,
        backward() {
          const dlogits = total(passes.map(({ saved }) => backward(scope, saved).dlogits))
          if (linear) vector.addScaled(dlogits, 1, linear)
          return dlogits
        },
      }
    },
  }
}

/** sum_n w[t[n]], class by class: that of equal weights is their product with the number of rows. */
function weigh(labels: Int32Array, weights: readonly number[]): number {
  const counts = new Float64Array(weights.length)
  for (const label of labels) counts[label]++
  return sum(weights.map((weight, label) => weight * counts[label]))
}

/** Those that are not 0, once each. */
function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].filter((value) => value !== 0)
}

/** Where exp(-x) is 0 in either number type. */
const far = 1000

/** The rows that are `wanted`, as they are; in the others the label leads by so much that their loss and gradient are 0. */
function only(scope: Scope, logits: FloatTensor, labels: Int32Array, wanted: (row: number) => boolean): FloatTensor {
  const rows = scope.alloc(logits.shape, logits.dtype)
  vector.multiply(
    logits,
    matrix(scope, logits, (n) => (wanted(n) ? 1 : 0)),
    rows,
  )
  vector.addScaled(
    rows,
    1,
    matrix(scope, logits, (n, c) => (!wanted(n) && c === labels[n] ? far : 0)),
  )
  return rows
}

/** Of the shape of the scores. */
function matrix(
  scope: Scope,
  { shape, dtype, size }: FloatTensor,
  value: (n: number, c: number) => number,
): FloatTensor {
  const classes = shape[1]
  const values = Float64Array.from({ length: size }, (_, i) => value(Math.floor(i / classes), i % classes))
  return scope.from(floatArray(dtype, values), shape)
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

/** In the first of them. */
function total([first, ...others]: readonly FloatTensor[]): FloatTensor {
  for (const other of others) vector.addScaled(first, 1, other)
  return first
}
