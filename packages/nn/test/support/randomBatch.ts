import { type FloatTensor, type Labels, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import { classesOf, type Model } from '../../src/index.js'

interface Batch {
  readonly images: Float64Array
  readonly X: FloatTensor
  readonly y: Labels
}

/** n images of normal deviates and labels for a model, both in the model's scope. */
export function randomBatch(model: Model, n: number, seed: number): Batch {
  const random = new Random(seed)
  const shape = [n, ...model.inputShape]
  const images = random.normal(sizeOf(shape))
  const X = model.scope.from(model.dtype === 'float32' ? Float32Array.from(images) : images, shape)
  const classes = classesOf(model)
  const y = model.scope.labels(
    Int32Array.from({ length: n }, () => random.integer(classes)),
    classes,
  )
  return { images, X, y }
}

/** Moves every parameter off its first value, so that no bias is 0 and no scale 1. */
export async function shake(model: Model, seed: number): Promise<void> {
  const random = new Random(seed)
  for (const { tensor } of model.params) {
    const values = Float64Array.from(await tensor.read())
    const moves = random.normal(values.length, 0.1)
    tensor.write(values.map((value, i) => value + (moves[i] ?? 0)))
  }
}
