import { maxPool2d, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import { relError } from '@convkit/nn'
import { reproduces } from '../figure.js'
import { compareGradients, gradientFigure } from '../gradientCheck.js'
import { drawUntil, poolDistance } from '../kinks.js'
import { linspace, normal, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'

const window = { kernel: 2, stride: 2 }

export const maxPool: Section = {
  id: 'max-pool',
  title: 'Max pooling: forward and backward',
  text: [
    'Max pooling halves an image in both directions by keeping only the largest of every two by two pixels. The forward pass is compared with the array that the notebook prints.',
    'Going backward, the whole gradient of an output belongs to the one pixel that won. That is exact arithmetic, so only the numeric side brings an error. The input is drawn again in the rare case that two pixels of a window are so close that a step of the check would change the winner.',
  ],
  code: `const { y, saved } = maxPool2d.forward(scope, { x }, { kernel: 2, stride: 2 })
const { dx } = maxPool2d.backward(scope, dy, saved)`,

  async run({ backend, seed }) {
    using scope = new Scope(backend)
    const { y } = maxPool2d.forward(scope, { x: put(scope, linspace(-0.3, 0.4, [2, 3, 4, 4])) }, window)
    const forward = relError(await y.read(), printed.maxPoolForward.y)

    const random = new Random(seed)
    const x = await drawUntil(
      () => normal(random, [3, 2, 8, 8]),
      ({ values, shape }) => poolDistance(values, shape, false) > 1e-4,
    )
    const gradients = await compareGradients(backend, { x }, normal(random, [3, 2, 4, 4]), (inner, tensors) => {
      const pooled = maxPool2d.forward(inner, tensors, window)
      return { y: pooled.y, backward: (dy) => ({ x: maxPool2d.backward(inner, dy, pooled.saved).dx }) }
    })
    return {
      figures: [
        reproduces('y: relative error', forward, printed.maxPoolForward.relError),
        gradientFigure('dx', { ...gradients.x, rounding: 0 }, 1e-11, printed.maxPoolBackward.dx),
      ],
    }
  },
}
