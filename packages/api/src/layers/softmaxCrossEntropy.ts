import { softmaxCrossEntropy as definition } from '../definitions/softmaxCrossEntropy.js'
import { lossOf } from '../loss.js'

/** Softmax followed by cross-entropy (the notebook's `softmax_loss`): the mean over the batch unless `scale` says else. */
export const softmaxCrossEntropy = lossOf(definition)
