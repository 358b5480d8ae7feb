import type { Kernels } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, held, type Line } from './box.js'

interface Dims {
  readonly n: number
  readonly classes: number
}

/** Sums over the batch; `scale` is not the library's. */
type Loss = (logits: tf.Tensor2D) => tf.Scalar

const oneHot = ({ n, classes }: Dims, labels: Box) => tf.oneHot(held<tf.Rank.R1>(labels, [n]), classes) as tf.Tensor2D

function lossKernels({ overwrite }: Line, lossOf: (d: Dims, labels: Box) => Loss) {
  return {
    unsupported: ({ classes }: Dims) => (classes < 2 ? 'its oneHot takes two classes or more' : null),
    forward: (d: Dims, { scale }: { readonly scale: number }, logits: Box, labels: Box, loss: Box) =>
      overwrite([loss], () => [tf.mul(lossOf(d, labels)(held(logits, [d.n, d.classes])), scale)]),
    backward: (d: Dims, { scale }: { readonly scale: number }, logits: Box, labels: Box, dlogits: Box) =>
      overwrite([dlogits], () => {
        const loss = lossOf(d, labels)
        const scaled = (one: tf.Tensor) => tf.mul(loss(one as tf.Tensor2D), scale)
        return [tf.grad(scaled)(held(logits, [d.n, d.classes]))]
      }),
  }
}

export function softmaxCrossEntropyKernels(line: Line): Kernels<Box>['softmaxCrossEntropy'] {
  return lossKernels(line, (d, labels) => {
    const wanted = tf.cast(oneHot(d, labels), 'float32')
    return (logits) => tf.losses.softmaxCrossEntropy(wanted, logits, undefined, 0, tf.Reduction.SUM) as tf.Scalar
  })
}

/** The library's hinge loss has two classes only, so this one is made of its relu. */
export function svmLossKernels(line: Line): Kernels<Box>['svmLoss'] {
  return lossKernels(line, (d, labels) => {
    const isLabel = tf.cast(oneHot(d, labels), 'bool')
    return (logits) => {
      const none = tf.zerosLike(logits)
      const ofLabel = tf.sum(tf.where(isLabel, logits, none), 1, true)
      return tf.sum(tf.where(isLabel, none, tf.relu(tf.add(tf.sub(logits, ofLabel), 1))))
    }
  })
}
