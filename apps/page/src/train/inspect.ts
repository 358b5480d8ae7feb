import type { Dataset } from '@convkit/data'
import { classesOf, type Model, softmax } from '@convkit/nn'
import { size } from '../data/pixels.js'
import { type Grid, gridOf } from './pictures.js'

/** The first layer's weights as colour pictures: filters, or templates of a layer that sees whole images. */
export async function filtersOf(model: Model): Promise<Grid | null> {
  const [first] = model.params
  if (!first) return null
  const { shape } = first.tensor
  const [count = 0, second = 0] = shape
  if (shape.length === 4 && second === 3) return gridOf(await first.tensor.read(), shape, { columns: 8 })
  if (shape.length !== 2 || count !== 3 * size * size) return null
  const weights = await first.tensor.read()
  const columns = Math.min(second, 16)
  const templates = Float32Array.from({ length: columns * count }, (_, i) => {
    const [unit, pixel] = [Math.floor(i / count), i % count]
    return weights[pixel * second + unit]
  })
  return gridOf(templates, [columns, 3, size, size], { columns: 4 })
}

export interface Activation {
  readonly layer: string
  readonly shape: readonly number[]
  /** Maps side by side, or a single row of units. */
  readonly grid: Grid
}

export interface Passage {
  readonly activations: readonly Activation[]
  /** By class. */
  readonly probabilities: readonly number[]
}

/** One image on its way through the network. */
export async function passageOf(model: Model, image: Float32Array): Promise<Passage> {
  using scope = model.scope.child()
  const outputs: { layer: string; shape: readonly number[]; values: Promise<ArrayLike<number>> }[] = []
  const X = scope.from(image, [1, ...model.inputShape])
  model.loss(scope, X, scope.labels(Int32Array.of(0), classesOf(model)), {
    grads: null,
    mode: { train: false, random: Math.random },
    onOutput: (layer, y) => outputs.push({ layer, shape: y.shape.slice(1), values: y.read() }),
  })
  const read = await Promise.all(outputs.map(async ({ values, ...rest }) => ({ ...rest, values: await values })))
  const scores = read.at(-1)?.values ?? []
  const activations = read.slice(0, -1).map(({ layer, shape, values }) => ({
    layer,
    shape,
    grid: shape.length === 3 ? gridOf(values, shape, { columns: 16 }) : units(values),
  }))
  return { activations, probabilities: softmax(scores) }
}

const unitsInRow = 50

/** A unit is a pixel. */
function units(values: ArrayLike<number>): Grid {
  return gridOf(values, [values.length, 1, 1], { columns: unitsInRow, most: 2 * unitsInRow, gap: 0 })
}

export interface Prediction {
  readonly label: number
  readonly predicted: number
  readonly probability: number
}

/** Of the images in a set, in its order: of all, or of the first hundreds that `most` milliseconds are enough for. */
export async function predictionsOf(
  model: Model,
  { images, labels }: Dataset,
  most = Number.POSITIVE_INFINITY,
): Promise<Prediction[]> {
  const values = images.length / labels.length
  const predictions: Prediction[] = []
  const classes = classesOf(model)
  const start = performance.now()
  for (let first = 0; first < labels.length; first += 100) {
    if (first > 0 && performance.now() - start > most) break
    const some = labels.subarray(first, first + 100)
    using scope = model.scope.child()
    const X = scope.from(images.subarray(first * values, (first + some.length) * values), [
      some.length,
      ...model.inputShape,
    ])
    const scores = await model.scores(scope, X).read()
    for (const [row, label] of some.entries()) {
      const probabilities = softmax(scores.subarray(row * classes, (row + 1) * classes))
      const predicted = probabilities.indexOf(Math.max(...probabilities))
      predictions.push({ label, predicted, probability: probabilities[predicted] })
    }
  }
  return predictions
}

export function accuracyOf(predictions: readonly Prediction[]): number {
  return predictions.filter(({ label, predicted }) => label === predicted).length / predictions.length
}

/** How many images of class `row` were taken for class `column`. */
export function confusionOf(predictions: readonly Prediction[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const { label, predicted } of predictions) {
    const row = counts[label]
    if (row && predicted in row) row[predicted]++
  }
  return counts
}
