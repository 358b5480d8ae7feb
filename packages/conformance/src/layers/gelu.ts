import { activationDefinitions } from '@convkit/api'
import { compare } from '../core/compare.js'
import { changed, each, inputOf } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { activationSpec } from './activation.js'

const tanhForm: Law = {
  name: 'tanh form',
  says: 'y = x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))',
  async check(subject, c) {
    const x = inputOf(c, 'x')
    const y = map(x, (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))))
    const bounds = await subject.bounds(c)
    // 1 + tanh cancels: a few roundings of x.
    const bound = map(bounds.y, (bound, i) => bound + 8 * 2 ** -53 * Math.abs(x.data[i]))
    const { y: got } = await subject.run(c)
    compare(`tanh form: ${tanhForm.says}`, c, { y: got }, { y }, { y: bound }, subject)
  },
}

const halves: Law = {
  name: 'halves',
  says: 'y(x) - y(-x) = x, and the gradients at x and -x add up to dy',
  async check(subject, c) {
    const opposite = changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => -value) }) })
    const [here, there] = [await subject.run(c), await subject.run(opposite)]
    const [bound, other] = [await subject.bounds(c), await subject.bounds(opposite)]
    const both = (name: string, sign: number) => map(here[name], (value, i) => value + sign * there[name].data[i])
    const within = (name: string) => map(bound[name], (value, i) => value + other[name].data[i])
    compare(
      `halves: ${halves.says}`,
      c,
      { y: both('y', -1), ...(c.dy && { dx: both('dx', 1) }) },
      { y: inputOf(c, 'x'), ...(c.dy && { dx: c.dy }) },
      { y: within('y'), ...(c.dy && { dx: within('dx') }) },
      subject,
    )
  },
}

export const geluSpec = activationSpec(activationDefinitions.gelu, [tanhForm, halves])
