/** What the first loss of a model is held against. */
export interface Chance {
  /** `ln 10` */
  readonly formula: string
  /** The data loss where all scores are equal. */
  readonly loss: number
  /** The largest first loss, less the penalty, of weights and pixels of a usual scale. */
  readonly limit: number
}

/**
 * Scores of N(0, s^2) cost at most s^2/2 over ln C in the mean (Jensen's inequality), and the score of a row's own class
 * falls below -4 s once in 30,000 times. He's weights on pixels of unit variance give s^2 = 2.
 */
const margin = 1 + 4 * Math.SQRT2

/** Softmax cross-entropy of equal scores is ln C. */
export function crossEntropyChance(classes: number): Chance {
  const equal = Math.log(classes)
  return { formula: `ln ${classes}`, loss: equal, limit: equal + margin }
}

/** The SVM loss of equal scores is C - 1: a margin of 1 for each other class. */
export function hingeChance(classes: number): Chance {
  const others = classes - 1
  return { formula: `${classes} - 1`, loss: others, limit: others * (1 + margin) }
}
