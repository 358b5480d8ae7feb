import { activationDefinitions } from '@convkit/api'
import { mirrored } from '../laws/mirrored.js'
import { otherForm } from '../laws/otherForm.js'
import { activationSpec } from './activation.js'

const tanhForm = otherForm(
  'tanh form',
  'y = (1 + tanh(x / 2)) / 2',
  (x) => (1 + Math.tanh(x / 2)) / 2,
  () => 1,
)

const complement = mirrored({
  name: 'complement',
  says: 'y(x) + y(-x) = 1, and the gradients at x and -x are the same',
  sign: 1,
  both: () => 1,
  slope: 0,
})

export const sigmoidSpec = activationSpec(activationDefinitions.sigmoid, [tanhForm, complement])
