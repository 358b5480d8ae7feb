import { batchNorm, type FloatTensor, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import type { Table } from '../../charts/content.js'
import { atMost, type Figure } from '../figure.js'
import { compareGradients, gradientFigure } from '../gradientCheck.js'
import { normal, type Operand, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'

export const spatialBatchNorm: Section = {
  id: 'spatial-batch-norm',
  title: 'Spatial batch normalisation',
  text: [
    'Batch normalisation shifts and scales each channel so that, over all images and all pixels of the batch, its mean is 0 and its standard deviation 1; then it multiplies by gamma and adds beta, which the network learns. So the output of a channel must have mean beta and deviation gamma, whatever came in.',
    'At test time a running average of the means and variances seen in training takes the place of the batch’s own. After fifty batches that average is close but not equal to what it estimates, so means near 0 and deviations near 1 are all that can be asked.',
    'The backward pass is checked by central differences, as for the convolution.',
  ],
  code: `const { y, saved } = batchNorm.forward(scope, { x, gamma, beta, runningMean, runningVar }, { mode: 'train' })
const { dx, dgamma, dbeta } = batchNorm.backward(scope, dy, saved)`,

  async run(notebook) {
    const train = await trainForward(notebook)
    const test = await testForward(notebook)
    return {
      figures: [...train.figures, ...test.figures, ...(await backward(notebook))],
      tables: [train.table, test.table],
    }
  },
}

interface Statistics {
  readonly means: readonly number[]
  readonly deviations: readonly number[]
}

/** Of each channel of x (N, C, H, W), over all other axes. */
export function statistics(x: ArrayLike<number>, [n, channels, h, w]: readonly number[]): Statistics {
  const values = Array.from({ length: channels }, (_, c) =>
    Array.from({ length: n * h * w }, (_, i) => {
      const image = Math.floor(i / (h * w))
      return x[(image * channels + c) * h * w + (i % (h * w))]
    }),
  )
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length
  const means = values.map(mean)
  const deviations = values.map((list, c) => Math.sqrt(mean(list.map((value) => (value - means[c]) ** 2))))
  return { means, deviations }
}

function running(scope: Scope, channels: number) {
  const zeros = { values: new Float64Array(channels), shape: [channels] }
  return { runningMean: put(scope, zeros), runningVar: put(scope, zeros) }
}

const perChannel = (scope: Scope, values: readonly number[]): FloatTensor =>
  scope.from(Float64Array.from(values), [values.length])

function table(caption: string, channels: number, stages: readonly (readonly [string, Statistics])[]): Table {
  const columns = Array.from({ length: channels }, (_, c) => `channel ${c}`)
  const rows = stages.flatMap(([stage, { means, deviations }]) => [
    { header: `${stage}: mean`, cells: means },
    { header: `${stage}: deviation`, cells: deviations },
  ])
  return { caption, columns: ['stage', ...columns], rows }
}

/** The largest distance of any channel from what it should be. */
const worst = (values: readonly number[], wanted: readonly number[]) =>
  Math.max(...values.map((value, c) => Math.abs(value - (wanted[c] ?? Number.NaN))))

async function trainForward({ backend, seed }: Notebook) {
  using scope = new Scope(backend)
  const x = normal(new Random(seed), [2, 3, 4, 5], 4, 10)
  const forward = async (gamma: readonly number[], beta: readonly number[]) => {
    const inputs = { x: put(scope, x), gamma: perChannel(scope, gamma), beta: perChannel(scope, beta) }
    const { y } = batchNorm.forward(scope, { ...inputs, ...running(scope, 3) }, { mode: 'train' })
    return statistics(await y.read(), x.shape)
  }
  const before = statistics(x.values, x.shape)
  const [ones, zeros, gamma, beta] = [
    [1, 1, 1],
    [0, 0, 0],
    [3, 4, 5],
    [6, 7, 8],
  ]
  const plain = await forward(ones, zeros)
  const nontrivial = await forward(gamma, beta)
  return {
    figures: [
      atMost('gamma 1, beta 0: furthest mean from 0', worst(plain.means, zeros), 1e-12),
      atMost('gamma 1, beta 0: furthest deviation from 1', worst(plain.deviations, ones), 1e-5),
      atMost('gamma 3, 4, 5, beta 6, 7, 8: furthest mean from beta', worst(nontrivial.means, beta), 1e-12),
      atMost('gamma 3, 4, 5, beta 6, 7, 8: furthest deviation from gamma', worst(nontrivial.deviations, gamma), 1e-5),
    ],
    table: table('Train mode, x (2, 3, 4, 5)', 3, [
      ['before', before],
      ['gamma 1, beta 0', plain],
      ['gamma 3, 4, 5, beta 6, 7, 8', nontrivial],
    ]),
  }
}

async function testForward({ backend, seed }: Notebook) {
  using scope = new Scope(backend)
  const random = new Random(seed)
  const shape = [10, 4, 11, 12]
  const draw = (): Operand => normal(random, shape, 2.3, 13)
  const shared = {
    gamma: perChannel(scope, [1, 1, 1, 1]),
    beta: perChannel(scope, [0, 0, 0, 0]),
    ...running(scope, 4),
  }
  for (let batch = 0; batch < 50; batch++) {
    using step = scope.child()
    batchNorm.forward(step, { x: put(step, draw()), ...shared }, { mode: 'train' })
  }
  const x = draw()
  const { y } = batchNorm.forward(scope, { x: put(scope, x), ...shared }, { mode: 'test' })
  const after = statistics(await y.read(), shape)
  const none = [0, 0, 0, 0]
  return {
    figures: [
      atMost('test mode: furthest mean from 0', worst(after.means, none), 0.2),
      atMost('test mode: furthest deviation from 1', worst(after.deviations, [1, 1, 1, 1]), 0.1),
    ],
    table: table('Test mode after 50 batches of training, x (10, 4, 11, 12)', 4, [
      ['before', statistics(x.values, shape)],
      ['after', after],
    ]),
  }
}

async function backward({ backend, seed }: Notebook): Promise<Figure[]> {
  const random = new Random(seed)
  const operands = { x: normal(random, [2, 3, 4, 5], 5, 12), gamma: normal(random, [3]), beta: normal(random, [3]) }
  const dy = normal(random, [2, 3, 4, 5])
  const gradients = await compareGradients(backend, operands, dy, (scope, tensors) => {
    const { y, saved } = batchNorm.forward(scope, { ...tensors, ...running(scope, 3) }, { mode: 'train' })
    return {
      y,
      backward(dy) {
        const { dx, dgamma, dbeta } = batchNorm.backward(scope, dy, saved)
        return { x: dx, gamma: dgamma, beta: dbeta }
      },
    }
  })
  return [
    gradientFigure('dx', gradients.x, 1e-6, printed.spatialBatchNorm.dx),
    gradientFigure('dgamma', gradients.gamma, 1e-9, printed.spatialBatchNorm.dgamma),
    gradientFigure('dbeta', gradients.beta, 1e-9, printed.spatialBatchNorm.dbeta),
  ]
}
