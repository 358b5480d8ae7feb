import type { DType } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'

/** Tensors cannot be changed, so a storage is a box: to overwrite it is to put another tensor into it. */
export interface Box {
  readonly length: number
  readonly dtype: 'float32' | 'int32'
  tensor: tf.Tensor | null
}

/**
 * `plain`: calls in their shortest form. `careful`: the forms of the same calls that get around faults of the library which
 * would hide all else.
 */
export type Manner = 'plain' | 'careful'

/** Some kernels take the shape that the memory had at first for the tensor's. */
export function ownMemory<T extends tf.Tensor>(tensor: T, manner: Manner): T {
  return manner === 'careful' ? tf.mul<T>(tensor, 1) : tensor
}

export function box(length: number, dtype: DType): Box {
  if (dtype === 'float64') throw new TypeError('TensorFlow.js has no float64')
  if (length > 2 ** 31) throw new RangeError(`TensorFlow.js cannot hold ${length} elements`)
  return { length, dtype, tensor: null }
}

/** What a box holds, in a shape; what an empty one holds is left open. */
export function held<R extends tf.Rank>({ tensor, length, dtype }: Box, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  return tf.reshape<R>(tensor ?? tf.zeros([length], dtype), shape)
}

export function put(box: Box, tensor: tf.Tensor | null): void {
  const old = box.tensor
  if (tensor && tensor.size !== box.length)
    throw new Error(`TensorFlow.js gave ${tensor.size} elements, of shape [${tensor.shape}], for ${box.length}`)
  box.tensor = tensor
  old?.dispose()
}

/** The library's optimizers take their state by way of a promise, so calls wait in a line, and so does `read`. */
export interface Line {
  then(task: () => void | Promise<void>): void
  /** Even after a failure. */
  always(task: () => void): void
  /** The error of an earlier call surfaces here. */
  wait<T>(task: () => Promise<T>): Promise<T>
  /** What is computed goes into the boxes, in order. `tidy` frees what was made on the way. */
  overwrite(boxes: readonly Box[], compute: () => tf.Tensor[]): void
}

export function line(backend: string): Line {
  let tail: Promise<unknown> = Promise.resolve()
  let failure: { readonly error: unknown } | null = null

  const append = (task: () => void | Promise<void>) => {
    tail = tail.then(async () => {
      try {
        // Another backend of the same library may have run in between.
        if (tf.getBackend() !== backend) await tf.setBackend(backend)
        await task()
      } catch (error) {
        failure ??= { error }
      }
    })
  }
  const then: Line['then'] = (task) => append(() => (failure ? undefined : task()))
  return {
    then,
    always: append,
    wait: (task) =>
      new Promise((resolve, reject) => {
        append(async () => {
          const failed = failure
          failure = null
          try {
            if (failed) throw failed.error
            resolve(await task())
          } catch (error) {
            reject(error)
          }
        })
      }),
    overwrite: (boxes, compute) =>
      then(() => {
        const tensors = tf.tidy(compute)
        for (const [i, one] of boxes.entries()) put(one, tensors[i] ?? null)
      }),
  }
}

/** The gradient of sum(dy * f(x)), as the library takes it of its own forward pass. */
export function vjp<T extends tf.Tensor, Y extends tf.Tensor>(f: (x: T) => Y, x: T, dy: Y): T {
  return tf.grad((one) => f(one as T))(x, dy) as T
}

export function only<T>(...items: readonly (T | null | undefined | false)[]): T[] {
  return items.filter((item): item is T => item !== null && item !== undefined && item !== false)
}
