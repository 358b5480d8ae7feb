import { conv2d, Scope } from '@convkit/api'
import { relError } from '@convkit/nn'
import { reproduces } from '../figure.js'
import { linspace, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'

export const convForward: Section = {
  id: 'conv-forward',
  title: 'Convolution: forward',
  text: [
    'Every output is a bias plus the sum of a small window of the image times a filter, at each place the window fits when it moves two pixels at a time over an image with a border of zeros one pixel wide.',
    'Two images and three filters are filled with evenly spaced numbers, so that anyone can repeat the calculation. The notebook prints the right answer to eight digits; the error below is what those missing digits leave, so it has to come out the same.',
  ],
  code: `const x = linspace(-0.1, 0.5, [2, 3, 4, 4])
const w = linspace(-0.2, 0.3, [3, 3, 4, 4])
const b = linspace(-0.1, 0.2, [3])
const { y } = conv2d.forward(scope, { x, w, b }, { stride: 2, pad: 1 })
relError(await y.read(), printed)`,

  async run({ backend }) {
    using scope = new Scope(backend)
    const x = put(scope, linspace(-0.1, 0.5, [2, 3, 4, 4]))
    const w = put(scope, linspace(-0.2, 0.3, [3, 3, 4, 4]))
    const b = put(scope, linspace(-0.1, 0.2, [3]))
    const { y } = conv2d.forward(scope, { x, w, b }, { stride: 2, pad: 1 })
    const error = relError(await y.read(), printed.convForward.y)
    return { figures: [reproduces('y: relative error', error, printed.convForward.relError)] }
  },
}
