import { svmLoss as definition } from '../definitions/svmLoss.js'
import { lossOf } from '../loss.js'

/** Multiclass hinge loss with margin 1 (the notebook's `svm_loss`); the gradient at the kink is 0. */
export const svmLoss = lossOf(definition)
