import { input } from '../case.js'
import { at, type Bound } from './rounding.js'
import { type Approx, running } from './running.js'

/**
 * max(0, margin) moves no more than the margin does. The gradient jumps where a margin changes sign: within the margin's
 * own error either side is right, so such an element, and its row's label, may be off by one whole scale.
 */
export const svmLoss: Bound = async (c, _, precision) => {
  const { exact, scalar, add, sub, mul, sum } = running(precision)
  const x = input(c, 'in.x').data
  const labels = input(c, 'in.labels').data
  const n = labels.length
  const classes = x.length / n
  const scale = scalar(1 / n)
  const hinges: Approx[] = []
  const gradient = new Float64Array(x.length)
  for (let i = 0; i < n; i++) {
    const label = at(labels, i)
    const right = exact(at(x, i * classes + label))
    let [positive, unsure] = [0, 0]
    for (let k = 0; k < classes; k++) {
      if (k === label) continue
      const margin = add(sub(exact(at(x, i * classes + k)), right), exact(1))
      const kink = Math.abs(margin.value) <= margin.error
      if (kink) unsure++
      if (margin.value > 0) positive++
      hinges.push({ value: Math.max(0, margin.value), error: margin.value < -margin.error ? 0 : margin.error })
      gradient[i * classes + k] = scale.error + (kink ? scale.value : 0)
    }
    const total = mul(scale, sum(Array.from({ length: positive }, () => exact(1))))
    gradient[i * classes + label] = total.error + unsure * scale.value
  }
  return new Map([
    ['out.loss', Float64Array.of(mul(scale, sum(hinges)).error)],
    ['grad.x', gradient],
  ])
}
