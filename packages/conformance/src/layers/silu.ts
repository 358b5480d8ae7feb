import { activationDefinitions } from '@convkit/api'
import { halves } from '../laws/mirrored.js'
import { otherForm } from '../laws/otherForm.js'
import { activationSpec } from './activation.js'

const tanhForm = otherForm('tanh form', 'y = x / 2 * (1 + tanh(x / 2))', (x) => (x / 2) * (1 + Math.tanh(x / 2)))

export const siluSpec = activationSpec(activationDefinitions.silu, [tanhForm, halves])
