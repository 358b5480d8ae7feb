import type { FloatDType, Kernels } from '@convkit/api'
import { nn, numpy as np } from '@jax-js/jax'
import { type Box, filled, held, overwrite } from './box.js'
import { gradients } from './gradient.js'

type LossDims = Parameters<Kernels<Box>['svmLoss']['forward']>[0]

/** A loss of logits (n, classes) and labels (n, 1). */
type LossOf = (logits: np.Array, labels: np.Array) => np.Array

const crossEntropy: LossOf = (logits, labels) => np.takeAlongAxis(nn.logSoftmax(logits), labels, 1).sum().neg()

/** The label's own margin is 1 whatever the logits are, so it is left out. */
const hinge: LossOf = (logits, labels) => {
  const [, classes] = logits.shape
  const others = np.arange(classes).reshape([1, classes]).notEqual(labels.ref)
  const own = np.takeAlongAxis(logits.ref, labels, 1)
  const margins = nn.relu(logits.sub(own).add(1))
  return np.where(others, margins, 0).sum()
}

function lossKernels(loss: LossOf) {
  return (dtype: FloatDType) => ({
    forward({ n, classes }: LossDims, { scale }: { scale: number }, logits: Box, labels: Box, y: Box): void {
      overwrite([y], [loss(held(logits, [n, classes]), held(labels, [n, 1])).mul(scale)])
    },
    backward({ n, classes }: LossDims, { scale }: { scale: number }, logits: Box, labels: Box, dlogits: Box): void {
      const t = held(labels, [n, 1])
      const f = (z: np.Array) => loss(z, t)
      overwrite([dlogits], gradients(f, [held(logits, [n, classes])], filled([], scale, dtype)))
    },
  })
}

export const softmaxCrossEntropy = lossKernels(crossEntropy)
export const svmLoss = lossKernels(hinge)
