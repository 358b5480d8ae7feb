import type { Backend } from '@convkit/api'
import { type Entry, holdSync, type SamplingBudget, sampleInTurns, syncOf } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { createOptimizer, ThreeLayerConvNet } from '@convkit/nn'
import { batch } from './workloads.js'

export const stepTitle = 'ThreeLayerConvNet, a step of training'

const budget: SamplingBudget = { warmUpMs: 100, samples: 9, enoughMs: 500, mostMs: 2000 }

/** Medians in milliseconds of a step on each backend, taken in turns. */
export async function measureSteps(backend: Backend, naive: Backend) {
  using own = prepare(backend)
  using plain = prepare(naive)
  await holdSync(backend, own.entry)
  const [mine = [], theirs = []] = await sampleInTurns([own.entry, plain.entry], budget)
  const [fast, slow] = [median(mine), median(theirs)]
  return { own: fast, naive: slow, speedup: slow / fast }
}

/** Batch in, loss, gradients, Adam. */
function prepare(backend: Backend): Disposable & { readonly entry: Entry } {
  const model = new ThreeLayerConvNet(backend, { seed: 0, reg: 1e-3 })
  const { scope } = model
  const optimizer = createOptimizer('adam', model.params, scope)
  const grads = model.params.map(({ tensor }) => scope.alloc(tensor.shape, 'float32'))
  const random = new Random(0)
  const images = Float32Array.from(random.normal(batch * 3 * 32 * 32, 50))
  const labels = Int32Array.from({ length: batch }, () => random.integer(10))
  return {
    entry: {
      name: backend.name,
      call() {
        using step = scope.child()
        const X = step.from(images, [batch, 3, 32, 32])
        model.loss(step, X, step.labels(labels, 10), { grads })
        optimizer.step(grads)
        backend.mark?.('step')
      },
      sync: syncOf(backend, scope),
    },
    [Symbol.dispose]: () => model[Symbol.dispose](),
  }
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1]
}
