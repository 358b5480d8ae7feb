import type { Backend, UpdateName } from '@convkit/api'
import { Random } from '@convkit/data'
import { createOptimizer, type RunProgress, ThreeLayerConvNet } from '@convkit/nn'

export const batchSize = 4
const shape = [3, 8, 8] as const
export const imageBytes = 4 * batchSize * 3 * 8 * 8

export interface Run {
  readonly losses: readonly number[]
  /** Bytes of the parameters, and of as many gradients and slots of the optimizer. */
  readonly stateBytes: number
}

export interface RunOptions {
  readonly optimizer?: UpdateName
  readonly marked?: boolean
  /** Called once the net is made. */
  readonly onStart?: () => void
}

/** Steps of a small net, each on images of its own. Losses are waited for at the end. */
export async function train(backend: Backend, steps: number, options: RunOptions = {}): Promise<Run> {
  const { optimizer = 'adam', marked = true, onStart } = options
  using model = new ThreeLayerConvNet(backend, {
    inputDim: shape,
    numFilters: 4,
    filterSize: 3,
    hiddenDim: 10,
    reg: 1e-3,
    seed: 3,
  })
  const rate = { name: optimizer, learningRate: ({ step }: RunProgress) => 1e-2 / (1 + step) }
  using updates = createOptimizer(rate, model.params, model.scope)
  await backend.sync?.()
  onStart?.()
  const random = new Random(7)
  const grads = model.params.map(({ tensor }) => model.scope.alloc(tensor.shape, 'float32'))
  const losses: Promise<ArrayLike<number>>[] = []
  for (let k = 0; k < steps; k++) {
    using step = model.scope.child()
    const X = step.from(Float32Array.from(random.normal(imageBytes / 4)), [batchSize, ...shape])
    const y = step.labels(
      Int32Array.from({ length: batchSize }, () => random.integer(10)),
      10,
    )
    const { loss } = model.loss(step, X, y, { grads })
    losses.push(loss.read())
    updates.step(grads, { step: k, steps, epoch: 0, epochs: 1, checks: [] })
    if (marked) backend.mark?.('step')
  }
  const values = await Promise.all(losses)
  const elements = model.params.reduce((sum, { tensor }) => sum + tensor.size, 0)
  const copies = 2 + updates.slots.size / model.params.length
  return { losses: values.map((value) => value[0]), stateBytes: 4 * elements * copies }
}
