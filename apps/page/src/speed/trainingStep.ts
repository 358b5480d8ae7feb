import type { Backend } from '@convkit/api'
import { Random } from '@convkit/data'
import { createOptimizer, ThreeLayerConvNet } from '@convkit/nn'
import { batch } from './workloads.js'

export const stepTitle = 'ThreeLayerConvNet, a step of training'

/** Milliseconds of calls that are enough, once there are three. */
const enough = 1000
const fewest = 3

/** Median milliseconds of a step: batch in, loss, gradients, Adam; the wait for it included. */
export async function timeSteps(backend: Backend): Promise<number> {
  using model = new ThreeLayerConvNet(backend, { seed: 0, reg: 1e-3 })
  const { scope } = model
  const optimizer = createOptimizer('adam', model.params, scope)
  const grads = model.params.map(({ tensor }) => scope.alloc(tensor.shape, 'float32'))
  const random = new Random(0)
  const images = Float32Array.from(random.normal(batch * 3 * 32 * 32, 50))
  const labels = Int32Array.from({ length: batch }, () => random.integer(10))
  const samples: number[] = []
  const start = performance.now()
  // The first is to warm up.
  for (let i = 0; i <= fewest || performance.now() - start < enough; i++) {
    const before = performance.now()
    using step = scope.child()
    const X = step.from(images, [batch, 3, 32, 32])
    const { loss } = model.loss(step, X, step.labels(labels, 10), { grads })
    optimizer.step(grads)
    backend.mark?.('step')
    await loss.read()
    if (i > 0) samples.push(performance.now() - before)
  }
  samples.sort((a, b) => a - b)
  return samples[samples.length >> 1] ?? Number.NaN
}
