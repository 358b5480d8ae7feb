import type { FloatTensor, Scope } from '@convkit/api'
import type { Answers, Batch } from '@convkit/data'
import { classesOf } from '../classes.js'
import { pixelDeviation } from '../layers/standardise.js'
import type { Targets } from '../loss.js'
import type { Model } from '../model.js'
import { floatArray } from '../parameter.js'

/** A batch on the model's backend: X (N, ...inputShape), and labels y (N) or values y (N, ...targetShape). */
export function upload(
  scope: Scope,
  model: Model,
  { images, labels, shape: [n] }: Batch<Answers>,
): { readonly X: FloatTensor; readonly y: Targets } {
  const X = scope.from(floatArray(model.dtype, images), [n, ...model.inputShape])
  const y =
    labels instanceof Int32Array
      ? scope.labels(labels, classesOf(model))
      : scope.from(floatArray(model.dtype, targetsOf({ images, labels })), [n, ...(model.targetShape ?? [])])
  return { X, y }
}

/** Those of a batch of values, row by row. */
export function targetsOf({ images, labels }: Pick<Batch<Float32Array>, 'images' | 'labels'>): Float32Array {
  return labels.length > 0 ? labels : images.map((value) => value / pixelDeviation)
}
