import {
  binaryCrossEntropyWithLogits as binaryCrossEntropyWithLogitsOp,
  ConfigError,
  checkOptions,
  type Loss,
  meanSquaredError as meanSquaredErrorOp,
  type OptionNames,
  softmaxCrossEntropy as softmaxCrossEntropyOp,
  svmLoss as svmLossOp,
} from '@convkit/api'
import { crossEntropyChance, hingeChance } from './chance.js'
import { ofElements } from './elementLoss.js'
import { type LabelLoss, scaleOf, type ValueLoss } from './loss.js'
import { weightedCrossEntropy } from './weightedCrossEntropy.js'

export interface SoftmaxCrossEntropyOptions {
  /**
   * The part of each row's target that all classes share alike (Szegedy and others 2016), as PyTorch's `label_smoothing`: from
   * 0 to below 1; default 0.
   */
  readonly labelSmoothing?: number
  /** What each class counts for, as PyTorch's `weight`: one number a class, at least 0 and not all 0; default 1 each. */
  readonly classWeights?: readonly number[]
}

const softmaxCrossEntropyOptions: OptionNames<SoftmaxCrossEntropyOptions> = { labelSmoothing: true, classWeights: true }

/**
 * Softmax and cross-entropy, the mean over the batch by class weights w: sum_n sum_c w[c] q[n,c] (-log p[n,c]) / sum_n w[t[n]],
 * q[n,c] = (1 - s) [c = t[n]] + s / C for a smoothing of s; 0 where no row has a weight. Each weight that differs costs a pass
 * over the scores. Throws `ConfigError`.
 */
export function softmaxCrossEntropy(options: SoftmaxCrossEntropyOptions = {}): LabelLoss {
  const given = checkOptions('softmaxCrossEntropy', options, softmaxCrossEntropyOptions)
  const { labelSmoothing = 0, classWeights = null } = given
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new ConfigError(`softmaxCrossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}`)
  const weights = classWeights && checkWeights(classWeights)
  return {
    ...(labelSmoothing === 0 && !weights
      ? ofLabels(softmaxCrossEntropyOp)
      : weightedCrossEntropy(labelSmoothing, weights)),
    hyperparameters: { labelSmoothing, ...(weights && { classWeights: weights.join() }) },
    // With both, equal scores cost more in a batch of light classes than in one of heavy ones.
    ...((labelSmoothing === 0 || !weights) && { chance: crossEntropyChance }),
  }
}

function checkWeights(weights: readonly number[]): readonly number[] {
  const amounts = Array.isArray(weights) && weights.every((weight) => Number.isFinite(weight) && weight >= 0)
  if (!amounts || !weights.some((weight) => weight > 0))
    throw new ConfigError(
      `softmaxCrossEntropy: classWeights must be finite numbers of at least 0, one a class and not all 0, got ${JSON.stringify(weights)}`,
    )
  return Object.freeze([...weights])
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
