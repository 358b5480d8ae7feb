import { affine, affineRelu, conv2d, convRelu, convReluPool, type FloatTensor, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import type { Figure } from '../figure.js'
import { compareGradients, type Differentiable, gradientFigure } from '../gradientCheck.js'
import { drawUntil, poolDistance, reluDistance } from '../kinks.js'
import { normal, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'

type Name = 'x' | 'w' | 'b'
type Tensors = { readonly [P in Name]: FloatTensor }
type Errors = { readonly [P in `d${Name}`]: number }

interface Sandwich {
  readonly name: string
  readonly shapes: { readonly [P in Name | 'dy']: readonly number[] }
  readonly pooled: boolean
  /** What goes into relu. */
  inner(scope: Scope, tensors: Tensors): FloatTensor
  readonly layer: Differentiable<Name>
  readonly printed: Errors | null
}

const conv = { stride: 1, pad: 1 }
const pool = { kernel: 2, stride: 2 }
const renamed = (grads: { readonly [P in `d${Name}`]: FloatTensor }) => ({ x: grads.dx, w: grads.dw, b: grads.db })

const sandwichList: readonly Sandwich[] = [
  {
    name: 'conv - relu - pool',
    shapes: { x: [2, 3, 16, 16], w: [3, 3, 3, 3], b: [3], dy: [2, 3, 8, 8] },
    pooled: true,
    inner: (scope, tensors) => conv2d.forward(scope, tensors, conv).y,
    layer(scope, tensors) {
      const { y, saved } = convReluPool.forward(scope, tensors, conv, pool)
      return { y, backward: (dy) => renamed(convReluPool.backward(scope, dy, saved)) }
    },
    printed: printed.convReluPool,
  },
  {
    name: 'conv - relu',
    shapes: { x: [2, 3, 8, 8], w: [3, 3, 3, 3], b: [3], dy: [2, 3, 8, 8] },
    pooled: false,
    inner: (scope, tensors) => conv2d.forward(scope, tensors, conv).y,
    layer(scope, tensors) {
      const { y, saved } = convRelu.forward(scope, tensors, conv)
      return { y, backward: (dy) => renamed(convRelu.backward(scope, dy, saved)) }
    },
    printed: printed.convRelu,
  },
  {
    name: 'affine - relu',
    shapes: { x: [2, 3, 4], w: [12, 10], b: [10], dy: [2, 10] },
    pooled: false,
    inner: (scope, tensors) => affine.forward(scope, tensors).y,
    layer(scope, tensors) {
      const { y, saved } = affineRelu.forward(scope, tensors)
      return { y, backward: (dy) => renamed(affineRelu.backward(scope, dy, saved)) }
    },
    printed: null,
  },
]

export const sandwiches: Section = {
  id: 'sandwiches',
  title: 'Sandwich layers',
  text: [
    'Networks repeat the same few combinations, so each has a name and a forward and backward of its own. A backend may run such a sandwich in one go; whether it does or not, the gradients must be those of the layers one after another.',
    'Where a relu input crosses zero, or two pixels of a pooling window change places, the output has a corner and a difference quotient means nothing. A step of the check moves such a number by no more than about 1e-4, so inputs are drawn again until none of them is that close to its corner.',
  ],
  code: `const conv = { stride: 1, pad: 1 }
const pool = { kernel: 2, stride: 2 }
const { y, saved } = convReluPool.forward(scope, { x, w, b }, conv, pool)
const { dx, dw, db } = convReluPool.backward(scope, dy, saved)`,

  async run(notebook) {
    const figures: Figure[] = []
    for (const sandwich of sandwichList) {
      const random = new Random(notebook.seed)
      const operands = await draw(notebook, sandwich, random)
      const dy = normal(random, sandwich.shapes.dy)
      const gradients = await compareGradients(notebook.backend, operands, dy, sandwich.layer)
      for (const name of ['x', 'w', 'b'] as const) {
        const seen = sandwich.printed?.[`d${name}`] ?? null
        figures.push(gradientFigure(`${sandwich.name}, d${name}`, gradients[name], 1e-7, seen))
      }
    }
    return { figures }
  },
}

/** Operands of which no relu input and no runner-up is within reach of a step of 1e-5 in one of them. */
function draw({ baseline }: Notebook, { shapes, pooled, inner }: Sandwich, random: Random) {
  return drawUntil(
    () => ({ x: normal(random, shapes.x), w: normal(random, shapes.w), b: normal(random, shapes.b) }),
    async ({ x, w, b }) => {
      using scope = new Scope(baseline)
      const z = inner(scope, { x: put(scope, x), w: put(scope, w), b: put(scope, b) })
      const values = await z.read()
      return reluDistance(values) > 1e-4 && (!pooled || poolDistance(values, z.shape, true) > 1e-4)
    },
  )
}
