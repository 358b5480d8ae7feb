import { conv2d } from '@convkit/api'
import { Random } from '@convkit/data'
import { compareGradients, gradientFigure } from '../gradientCheck.js'
import { normal } from '../operand.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'

export const convBackward: Section = {
  id: 'conv-backward',
  title: 'Convolution: backward',
  text: [
    'Training needs to know how the loss changes with every pixel, weight and bias. The backward pass works that out from the gradient of the output; here it is held against the plain definition of a derivative: move one number a little up and down, and see what the output does.',
    'The two never agree to the last digit, because a difference of nearly equal numbers loses digits. Errors around 1e-8 are that loss; a wrong formula shows as errors near 1.',
  ],
  code: `const { saved } = conv2d.forward(scope, { x, w, b }, { stride: 1, pad: 1 })
const { dx, dw, db } = conv2d.backward(scope, dy, saved)
const numeric = await numericGradient(forward, x, { dy })
relError(numeric, await dx.read())`,

  async run({ backend, seed }) {
    const random = new Random(seed)
    const operands = {
      x: normal(random, [4, 3, 5, 5]),
      w: normal(random, [2, 3, 3, 3]),
      b: normal(random, [2]),
    }
    const gradients = await compareGradients(backend, operands, normal(random, [4, 2, 5, 5]), (scope, tensors) => {
      const { y, saved } = conv2d.forward(scope, tensors, { stride: 1, pad: 1 })
      return {
        y,
        backward(dy) {
          const { dx, dw, db } = conv2d.backward(scope, dy, saved)
          return { x: dx, w: dw, b: db }
        },
      }
    })
    return {
      figures: [
        gradientFigure('dx', gradients.x, 1e-8, printed.convBackward.dx),
        gradientFigure('dw', gradients.w, 1e-8, printed.convBackward.dw),
        gradientFigure('db', gradients.b, 1e-8, printed.convBackward.db),
      ],
    }
  },
}
