import {
  binaryCrossEntropyWithLogits as binaryCrossEntropyWithLogitsOp,
  type Loss,
  meanSquaredError as meanSquaredErrorOp,
  softmaxCrossEntropy as softmaxCrossEntropyOp,
  svmLoss as svmLossOp,
} from '@convkit/api'
import { crossEntropyChance, hingeChance } from './chance.js'
import { ofElements } from './elementLoss.js'
import { type LabelLoss, scaleOf, type ValueLoss } from './loss.js'

/** Softmax and cross-entropy, the mean over the batch. */
export function softmaxCrossEntropy(): LabelLoss {
  return { ...ofLabels(softmaxCrossEntropyOp), chance: crossEntropyChance }
}

/** Multiclass hinge loss with margin 1, the mean over the batch. */
export function svmLoss(): LabelLoss {
  return { ...ofLabels(svmLossOp), chance: hingeChance }
}

/** The mean of (x - t)^2 over all elements, as PyTorch's `mse_loss`. */
export function meanSquaredError(): ValueLoss {
  return ofElements(meanSquaredErrorOp)
}

/** The mean of log(1 + exp(x)) - t x over all elements: cross-entropy of sigmoid(x) with probabilities t in [0, 1]. */
export function binaryCrossEntropyWithLogits(): ValueLoss {
  return ofElements(binaryCrossEntropyWithLogitsOp)
}

function ofLabels({ name, forward, backward }: Loss): LabelLoss {
  return {
    name,
    targets: 'labels',
    forward(scope, logits, labels, scale) {
      const { loss, saved } = forward(scope, { logits, labels }, { scale: scaleOf(scale, labels.size) })
      return { loss, backward: () => backward(scope, saved).dlogits }
    },
  }
}
