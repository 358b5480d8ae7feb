import {
  binaryCrossEntropyWithLogits as binaryCrossEntropyWithLogitsOp,
  ConfigError,
  checkOptions,
  type Loss,
  meanSquaredError as meanSquaredErrorOp,
  type OptionNames,
  softmaxCrossEntropy as softmaxCrossEntropyOp,
  sumOf,
  svmLoss as svmLossOp,
  vector,
} from '@convkit/api'
import { crossEntropyChance, hingeChance } from './chance.js'
import { ofElements } from './elementLoss.js'
import { type LabelLoss, scaleOf, type ValueLoss } from './loss.js'

export interface SoftmaxCrossEntropyOptions {
  /**
   * The part of each row's target that all classes share alike (Szegedy and others 2016), as PyTorch's `label_smoothing`: from
   * 0 to below 1; default 0.
   */
  readonly labelSmoothing?: number
}

const softmaxCrossEntropyOptions: OptionNames<SoftmaxCrossEntropyOptions> = { labelSmoothing: true }

/**
 * Softmax and cross-entropy, the mean over the batch: -sum_c q[c] log p[c], q[c] = (1 - s) [c = t] + s / C for a smoothing
 * of s. Throws `ConfigError`.
 */
export function softmaxCrossEntropy(options: SoftmaxCrossEntropyOptions = {}): LabelLoss {
  const { labelSmoothing = 0 } = checkOptions('softmaxCrossEntropy', options, softmaxCrossEntropyOptions)
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new ConfigError(`softmaxCrossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}`)
  return {
    ...(labelSmoothing === 0 ? ofLabels(softmaxCrossEntropyOp) : smoothed(labelSmoothing)),
    hyperparameters: { labelSmoothing },
    chance: crossEntropyChance,
  }
}

/**
 * What smoothing adds to the loss is linear in the logits, and the gradient of equal scores, scale (1 / C - [c = t]), is its
 * coefficient but for -s.
 */
function smoothed(labelSmoothing: number): LabelLoss {
  const { name, forward, backward } = softmaxCrossEntropyOp
  return {
    name,
    targets: 'labels',
    forward(scope, logits, labels, scale) {
      const { loss, saved } = forward(scope, { logits, labels }, { scale: scaleOf(scale, labels.size) })
      const equal = scope.alloc(logits.shape, logits.dtype)
      vector.fill(equal, 0)
      const { dlogits: spread } = backward(scope, { ...saved, logits: equal })
      const products = scope.alloc(logits.shape, logits.dtype)
      vector.multiply(logits, spread, products)
      vector.addScaled(loss, -labelSmoothing, sumOf(scope, products))
      return {
        loss,
        backward() {
          const { dlogits } = backward(scope, saved)
          vector.addScaled(dlogits, -labelSmoothing, spread)
          return dlogits
        },
      }
    },
  }
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
