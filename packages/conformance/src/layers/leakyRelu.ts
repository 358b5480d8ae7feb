import { activationDefinitions } from '@convkit/api'
import { compare } from '../core/compare.js'
import { changed, inputOf } from '../core/inputs.js'
import { scalars } from '../core/scalars.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { sameBits } from '../laws/sameBits.js'
import { scale } from '../laws/scale.js'
import { activationSpec } from './activation.js'

/** Both zeros, and the smallest normal numbers of float32. */
const atKink = [0, -0, 2 ** -126, -(2 ** -126)]

const kink: Law = {
  name: 'kink',
  says: 'the gradient is dy at the smallest number above 0, and slope dy at 0, -0 and below',
  async check(subject, c) {
    const x = map(inputOf(c, 'x'), (_, i) => atKink[i % atKink.length])
    const near = changed(c, { inputs: { x } })
    const slope = Number(c.attrs.slope)
    const dx = c.dy && map(c.dy, (value, i) => (x.data[i] > 0 ? value : slope * value))
    const { dx: bound } = await subject.bounds(near)
    if (dx) compare(`kink: ${kink.says}`, near, await subject.run(near), { dx }, { dx: bound }, subject)
  },
}

const identity: Law = {
  name: 'identity',
  says: 'with slope 1, y = x and dx = dy, to the last bit',
  async check(subject, c) {
    const plain = changed(c, { attrs: { slope: 1 } })
    sameBits(identity.says, plain, await subject.run(plain), { y: inputOf(c, 'x'), ...(c.dy && { dx: c.dy }) })
  },
}

const homogeneous: Law = { ...scale({ x: 1, dy: 1 }, { y: 1, dx: 1 }), name: 'homogeneous' }

/** Also such as a maximum of x and slope x is wrong for. */
const slope = scalars([0.01, 0, 1, 2, -0.5], [1e-3, 1])

export const leakyReluSpec = activationSpec(activationDefinitions.leakyRelu, [kink, identity, homogeneous], { slope })
