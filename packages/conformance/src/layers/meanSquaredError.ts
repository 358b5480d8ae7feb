import { elementLossDefinitions } from '@convkit/api'
import { each, inputOf, same } from '../core/inputs.js'
import { related } from '../laws/relation.js'
import { elementLossSpec } from './elementLoss.js'

export const meanSquaredErrorSpec = elementLossSpec(elementLossDefinitions.meanSquaredError, [
  related('exchange', 'prediction and target may change places', (c) => ({
    other: { ...c, inputs: { x: inputOf(c, 't'), t: inputOf(c, 'x') } },
    carry: (r) => each(r, { terms: same, loss: same }),
  })),
])
