import { activationDefinitions } from '@convkit/api'
import { compare } from '../core/compare.js'
import { changed, inputOf } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { mirrored } from '../laws/mirrored.js'
import { otherForm } from '../laws/otherForm.js'
import { activationSpec } from './activation.js'

const sigmoidForm = otherForm(
  'sigmoid form',
  'y = 2 / (1 + exp(-2 x)) - 1',
  (x) => 2 / (1 + Math.exp(-2 * x)) - 1,
  () => 1,
)

const odd = mirrored({
  name: 'odd',
  says: 'y(x) = -y(-x), and the gradients at x and -x are the same',
  sign: 1,
  both: () => 0,
  slope: 0,
})

const near0: Law = {
  name: 'near 0',
  says: 'where x^2 is nothing beside 1, y = x and dx = dy: no digit of a small x is lost',
  async check(subject, c) {
    const x = map(inputOf(c, 'x'), (value) => value * 2 ** -60)
    const small = changed(c, { inputs: { x } })
    const expected = { y: x, ...(c.dy && { dx: c.dy }) }
    compare(`near 0: ${near0.says}`, small, await subject.run(small), expected, await subject.bounds(small), subject)
  },
}

export const tanhSpec = activationSpec(activationDefinitions.tanh, [sigmoidForm, odd, near0])
