import { affine, type Backend, conv2d, convReluPool, keysOf, Scope, type Tensor } from '@convkit/api'
import { nextSeed, Random } from '@convkit/data'
import { numericGradient, relError, ThreeLayerConvNet } from '@convkit/nn'
import { atLeast, atMost, type Figure, passes } from '../figure.js'
import { drawUntil, poolDistance, pooledReluDistance, reluDistance } from '../kinks.js'
import { normal, type Operand, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Section } from '../section.js'

type Name = keyof typeof printed.modelGradients
const names = keysOf(printed.modelGradients)
const inputDim = [3, 16, 16] as const

/** Steps that lie, at the least, between a relu input or a runner-up and its kink. */
const clearance = 20

interface Setup {
  readonly seed: number
  readonly weightScale: number
  readonly h: number
}

interface Gradients {
  readonly analytic: ArrayLike<number>
  readonly numeric: Float64Array
}

export const modelGradients: Section = {
  id: 'model-gradients',
  title: 'The three-layer network: gradients',
  text: [
    'Every weight and bias of a small network is moved a little up and down, and the change of the loss is compared with the gradient that the backward pass gives. First as in the notebook: weights of size 1e-3, steps of 1e-6. The errors look large, in the notebook too, and not because of the gradients: the loss is near 2.3 and known to sixteen digits, so the quotient is uncertain by up to 1e-9, while the smallest gradients are hardly larger. So a few elements are off, and what can be asked is that nearly all agree. The seed is the first with which no step carries a maximum of a pooling window over a corner: one that does puts a whole filter off.',
    'So the check is done again where the loss is smooth and its changes are large: weights of size 0.2, steps of 3e-5, and the first seed for which every relu input, and every runner-up of a pooling window, is at least 20 steps from its corner. A step cannot cross one there, and the errors fall by orders of magnitude.',
  ],
  code: `const { loss, grads } = model.loss(scope, X, y)
const numeric = await numericGradient(lossOf, weights, { h })
relError(numeric, await grads[0].read())`,

  async run({ backend, baseline, seed }) {
    const X = normal(new Random(nextSeed(seed)), [2, ...inputDim])
    const reach = X.values.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
    const figures: Figure[] = []
    const plain = await choose(seed, { weightScale: 1e-3, h: 1e-6 }, async (setup) => {
      const { hidden, top, gap } = await kinkDistances(baseline, setup, X)
      // A step of a filter's weight moves an input of its relu by h * |x|, and a runner-up against it by twice that.
      return hidden >= 2 * setup.h && top >= reach * setup.h && gap >= 2 * reach * setup.h
    })
    for (const [name, gradients] of await allGradients(backend, plain, X))
      figures.push(asPrinted(name, gradients, plain.h))

    const nearest = async (setup: Setup) => {
      const { hidden, conv } = await kinkDistances(baseline, setup, X)
      return Math.min(hidden, conv) / setup.h
    }
    const smooth = await choose(
      seed,
      { weightScale: 0.2, h: 3e-5 },
      async (setup) => (await nearest(setup)) >= clearance,
    )
    figures.push(atLeast('away from corners: the nearest one, in steps', await nearest(smooth), clearance))
    for (const [name, { analytic, numeric }] of await allGradients(backend, smooth, X))
      figures.push(atMost(`away from corners, ${name}: relative error`, relError(numeric, analytic), 1e-5))
    return { figures }
  },
}

/** The first seed from `seed` on with which the model suits. */
function choose(seed: number, rest: Omit<Setup, 'seed'>, suits: (setup: Setup) => Promise<boolean>): Promise<Setup> {
  let next = seed
  return drawUntil(() => ({ ...rest, seed: next++ }), suits)
}

function asPrinted(name: Name, { analytic, numeric }: Gradients, h: number): Figure {
  // Two losses of about ln 10, each a few roundings off.
  const rounding = (2 ** -51 * Math.log(10)) / h
  const close = numeric.filter((value, i) => {
    const gradient = analytic[i]
    return relError([value], [gradient]) <= 1e-2 || Math.abs(value - gradient) <= rounding
  }).length
  const description = `at most 1e-2, or within rounding (${rounding.toExponential(0)}), for nine elements in ten`
  const error = relError(numeric, analytic)
  const passed = close >= 0.9 * numeric.length
  return passes(`as in the notebook, ${name}: relative error`, error, description, passed, printed.modelGradients[name])
}

function create(backend: Backend, { seed, weightScale }: Setup) {
  const sizes = { inputDim, numFilters: 3, filterSize: 3, hiddenDim: 7, numClasses: 10 }
  const model = new ThreeLayerConvNet(backend, { ...sizes, weightScale, reg: 0, dtype: 'float64', seed })
  const tensors = Object.fromEntries(model.params.map(({ name, tensor }) => [name, tensor]))
  // The model's parameters are the ones the notebook prints, by the same names.
  return { model, tensors: tensors as { readonly [P in Name]: Tensor<'float64'> } }
}

async function allGradients(backend: Backend, setup: Setup, X: Operand): Promise<[Name, Gradients][]> {
  const { model, tensors } = create(backend, setup)
  using _ = model
  using scope = new Scope(backend)
  const x = put(scope, X)
  // Not negative where the seed is.
  const label = ((setup.seed % 10) + 10) % 10
  const y = scope.labels(Int32Array.of(label, (label + 5) % 10), 10)
  const { grads } = model.loss(scope, x, y)
  const gradients: [Name, Gradients][] = []
  for (const name of names) {
    const tensor = tensors[name]
    const analytic = await grads[model.params.findIndex((parameter) => parameter.name === name)]?.read()
    const values = await tensor.read()
    const lossOf = (moved: Float64Array) => {
      using step = scope.child()
      tensor.write(moved)
      return model.loss(step, x, y, { grads: null }).loss.read()
    }
    const numeric = await numericGradient(lossOf, values, { h: setup.h })
    tensor.write(values)
    gradients.push([name, { analytic: analytic ?? [], numeric }])
  }
  return gradients
}

/** How far the nearest corner is from an input of the convolution's relu and pooling, and of the hidden layer's relu. */
async function kinkDistances(backend: Backend, setup: Setup, X: Operand) {
  const { model, tensors } = create(backend, setup)
  using _ = model
  using scope = new Scope(backend)
  const first = { x: put(scope, X), w: tensors.W1, b: tensors.b1 }
  const { y: z } = conv2d.forward(scope, first, { pad: 1 })
  const { y: pooled } = convReluPool.forward(scope, first, { pad: 1 }, { kernel: 2 })
  const { y: hidden } = affine.forward(scope, { x: pooled, w: tensors.W2, b: tensors.b2 })
  const values = await z.read()
  const gap = poolDistance(values, z.shape, true)
  return {
    conv: Math.min(reluDistance(values), gap),
    /** Of the windows' maxima to the corner at 0, and of the runners-up to them. */
    top: pooledReluDistance(values, z.shape),
    gap,
    hidden: reluDistance(await hidden.read()),
  }
}
