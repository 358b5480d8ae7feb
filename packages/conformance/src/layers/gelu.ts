import { activationDefinitions } from '@convkit/api'
import { halves } from '../laws/mirrored.js'
import { otherForm } from '../laws/otherForm.js'
import { activationSpec } from './activation.js'

const tanhForm = otherForm(
  'tanh form',
  'y = x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))',
  (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
)

export const geluSpec = activationSpec(activationDefinitions.gelu, [tanhForm, halves])
