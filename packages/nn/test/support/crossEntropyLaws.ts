import { type FloatTensor, Scope } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { expect } from 'vitest'
import { type LabelLoss, type losses, numericGradient } from '../../src/index.js'

/** A loss of options, as `losses.softmaxCrossEntropy` is. */
export type MakeLoss = typeof losses.softmaxCrossEntropy
type Options = NonNullable<Parameters<MakeLoss>[0]>

interface Rows {
  readonly x: Float64Array
  readonly t: Int32Array
}

const classes = 4
const weights = [0.5, 3, 0, 1.25]
const every: readonly Options[] = [
  { labelSmoothing: 0.3 },
  { classWeights: weights },
  { classWeights: weights, labelSmoothing: 0.3 },
]

/**
 * Some hundred roundings of a loss of about 3, in float64, of which the largest sum has 4 x 5 terms. A wrong formula is off by far
 * more: no weight is near another.
 */
const rounding = 200 * 3 * 2 ** -53

function draw(n: number): Rows {
  const random = new Random(231)
  const x = Float64Array.from(random.normal(n * classes), (value) => 2 * value)
  return { x, t: Int32Array.from({ length: n }, (_, row) => (3 * row + 1) % classes) }
}

const rows = draw(5)

/** The loss, and its gradient, of rows. */
async function costOf(loss: LabelLoss, { x, t }: Rows, { share = 1, scale }: { share?: number; scale?: number } = {}) {
  using scope = new Scope(createNaive())
  const logits: FloatTensor = scope.from(x, [t.length, classes])
  const { loss: value, backward } = loss.forward(scope, logits, scope.labels(t, classes), { share, scale })
  const [cost] = await value.read()
  return { cost, slopes: await backward().read() }
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = rounding): void {
  expect(a.length).toBe(b.length)
  expect(Array.from(a).filter((value, i) => !(Math.abs(value - b[i]) <= tolerance))).toEqual([])
}

/** PyTorch's formula: q is a row's target, w the classes' weights, which divide by those of the labels. */
function formula({ x, t }: Rows, { labelSmoothing: s = 0, classWeights: w = [1, 1, 1, 1] }: Options): number {
  let [sum, total] = [0, 0]
  for (const [n, label] of t.entries()) {
    const row = Array.from(x.subarray(classes * n, classes * (n + 1)))
    const log = Math.log(row.reduce((all, score) => all + Math.exp(score), 0))
    for (const [c, score] of row.entries()) sum += w[c] * ((c === label ? 1 - s : 0) + s / classes) * (log - score)
    total += w[label]
  }
  return sum / total
}

const each = (law: (make: MakeLoss, options: Options) => Promise<void>) => async (make: MakeLoss) => {
  for (const options of every) await law(make, options)
}

/** What holds of cross-entropy with smoothed labels and with classes that weigh more than others. */
export const crossEntropyLaws = {
  formula: each(async (make, options) => {
    close([(await costOf(make(options), rows)).cost], [formula(rows, options)])
  }),

  // Central differences with h = 1e-5 are off by about h^2 and by u / h.
  slope: each(async (make, options) => {
    const { slopes } = await costOf(make(options), rows)
    const cost = async (x: Float64Array) => (await costOf(make(options), { ...rows, x })).cost
    close(slopes, await numericGradient(cost, rows.x.slice()), 1e-9)
  }),

  /** A constant added to all scores of a row changes nothing. */
  shift: each(async (make, options) => {
    const shifted = rows.x.map((score, i) => score + Math.floor(i / classes))
    const [own, other] = [await costOf(make(options), rows), await costOf(make(options), { ...rows, x: shifted })]
    close([own.cost, ...own.slopes], [other.cost, ...other.slopes])
  }),

  /** A row that counts for 2 is two rows. */
  twice: async (make: MakeLoss) => {
    const label = rows.t[0]
    const own = (row: number) => rows.x.subarray(classes * row, classes * (row + 1))
    const order = Array.from(rows.t, (t, row) => (t === label ? [row, row] : [row])).flat()
    const x = Float64Array.from(order.flatMap((row) => [...own(row)]))
    const doubled = { x, t: Int32Array.from(order, (row) => rows.t[row]) }
    const two = Array.from({ length: classes }, (_, c) => (c === label ? 2 : 1))
    close([(await costOf(make({ classWeights: two }), rows)).cost], [(await costOf(make({}), doubled)).cost])
  },

  /** Equal weights are none, to the bit for a power of two. */
  equal: async (make: MakeLoss) => {
    for (const labelSmoothing of [0, 0.25]) {
      const weighted = await costOf(make({ labelSmoothing, classWeights: [4, 4, 4, 4] }), rows)
      expect(weighted).toEqual(await costOf(make({ labelSmoothing }), rows))
    }
  },

  /** Parts of a batch, weighed by the whole of it, add up to it, also those that weigh nothing. */
  parts: each(async (make, options) => {
    const loss = make(options)
    const total = loss.weightOf?.(rows.t) ?? rows.t.length
    const whole = await costOf(loss, rows)
    const [cost, slopes] = [[0], new Float64Array(rows.x.length)]
    for (const [from, to] of [
      [0, 2],
      [2, 3],
      [3, 5],
    ] as const) {
      const part = { x: rows.x.slice(classes * from, classes * to), t: rows.t.slice(from, to) }
      const share = (to - from) / rows.t.length
      const own = await costOf(loss, part, { share, scale: 1 / (share * total) })
      cost[0] += own.cost
      slopes.set(own.slopes, classes * from)
    }
    close([...cost, ...slopes], [whole.cost, ...whole.slopes])
  }),

  /** A class of weight 0 has no say, and a batch of such rows costs nothing. */
  nothing: async (make: MakeLoss) => {
    const loss = make({ classWeights: weights })
    const { slopes } = await costOf(loss, rows)
    for (const [n, label] of rows.t.entries())
      if (label === 2) expect(slopes.slice(classes * n, classes * (n + 1))).toEqual(new Float64Array(classes))
    const without = await costOf(loss, { ...rows, t: rows.t.map(() => 2) })
    expect(without).toEqual({ cost: 0, slopes: new Float64Array(rows.x.length) })
  },
}
