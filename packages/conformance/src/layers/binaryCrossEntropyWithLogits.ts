import { elementLossDefinitions } from '@convkit/api'
import { changed, each, inputOf, same } from '../core/inputs.js'
import { map } from '../core/values.js'
import { related } from '../laws/relation.js'
import { elementLossSpec } from './elementLoss.js'

const { binaryCrossEntropyWithLogits } = elementLossDefinitions

/** Each target an eighth in [0, 1], so that 1 - t is exact. */
const probable = elementLossSpec(binaryCrossEntropyWithLogits).cases.map((c) =>
  changed(c, { inputs: { t: map(inputOf(c, 't'), (t) => Math.round(8 / (1 + t * t)) / 8) } }),
)

export const binaryCrossEntropyWithLogitsSpec = elementLossSpec(binaryCrossEntropyWithLogits, [
  related(
    'other class',
    'a probability of 1 - t at -x costs what one of t does at x',
    (c) => ({
      other: changed(c, { inputs: { x: map(inputOf(c, 'x'), (x) => -x), t: map(inputOf(c, 't'), (t) => 1 - t) } }),
      carry: (r) => each(r, { terms: same, loss: same }),
    }),
    probable,
  ),
])
