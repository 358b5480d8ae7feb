import { type FloatTensor, Scope } from '@convkit/api'
import { nextSeed, Random } from '@convkit/data'
import { ThreeLayerConvNet } from '@convkit/nn'
import { passes, within } from '../figure.js'
import { normal, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'

export const sanityLoss: Section = {
  id: 'sanity-loss',
  title: 'The three-layer network: a first loss',
  text: [
    'The network is conv - relu - pool - affine - relu - affine - softmax. Before it has learned anything it should find all ten classes about equally likely, so its loss on random images must be close to ln 10 = 2.3026.',
    'Regularisation with strength 0.5 adds half of 0.5 times the sum of all squared weights, and nothing else. That sum is computed here on its own, and the difference of the two losses must agree with it to the rounding of a sum of so many numbers.',
  ],
  code: `using model = new ThreeLayerConvNet(backend, { reg: 0.5, dtype: 'float64', seed })
const { loss } = model.loss(scope, X, y, { grads: null })`,

  async run(notebook) {
    const without = await firstLoss(notebook, 0)
    const withReg = await firstLoss(notebook, 0.5)
    const difference = withReg.loss - without.loss
    const penalty = 0.25 * without.sumOfSquares
    // A sum of n terms is off by at most n * u of itself; two losses are rounded, and two sums are compared.
    const bound = 2 * ((without.weights + 2) * penalty + withReg.loss) * 2 ** -53
    return {
      figures: [
        {
          ...within('loss without regularisation', without.loss, 0.01, Math.log(10), 'ln 10'),
          printed: printed.sanityLoss.withoutReg,
        },
        passes(
          'loss with regularisation 0.5',
          withReg.loss,
          'more than without',
          withReg.loss > without.loss,
          printed.sanityLoss.withReg,
        ),
        passes(
          'difference of the two, less 0.25 * sum(W^2)',
          difference - penalty,
          `at most ${bound.toExponential(1)}, the rounding of ${without.weights} terms`,
          Math.abs(difference - penalty) <= bound,
        ),
      ],
    }
  },
}

async function firstLoss({ backend, seed }: Notebook, reg: number) {
  using model = new ThreeLayerConvNet(backend, { reg, dtype: 'float64', seed })
  using scope = new Scope(backend)
  const random = new Random(nextSeed(seed))
  const X: FloatTensor = put(scope, normal(random, [50, 3, 32, 32]))
  const y = scope.labels(
    Int32Array.from({ length: 50 }, () => random.integer(10)),
    10,
  )
  const [loss = Number.NaN] = await model.loss(scope, X, y, { grads: null }).loss.read()
  let sumOfSquares = 0
  let weights = 0
  for (const { tensor } of model.params.filter(({ decay }) => decay)) {
    for (const w of await tensor.read()) sumOfSquares += w * w
    weights += tensor.size
  }
  return { loss, sumOfSquares, weights }
}
