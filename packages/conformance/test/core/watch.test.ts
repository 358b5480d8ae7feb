import { type Backend, type Data, relu, Scope, softmaxCrossEntropy } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { watching } from '../../src/core/watch.js'

const naive = createNaive()
const { relu: right, softmaxCrossEntropy: loss } = naive.kernels.float32 ?? {}
if (!right || !loss) throw new Error('the naive backend has every layer')

const withKernels = (kernels: object): Backend<Data> => ({ ...naive, kernels: { float32: kernels } })

describe('a watched backend', () => {
  test('sees nothing where kernels write their outputs alone', async () => {
    const watch = watching(naive, 'float32')
    using scope = new Scope(watch.backend)
    const { y, saved } = relu.forward(scope, { x: scope.from(Float32Array.of(-1, -0, 2), [3]) })
    const { dx } = relu.backward(scope, y, saved)
    dx.write(Float32Array.of(1, 2, 3))
    expect(await watch.firstChange()).toBeNull()
  })

  test('names the kernel and the operand that lost a bit', async () => {
    const forward: typeof right.forward = (d, x, y) => {
      right.forward(d, x, y)
      x[1] += 0
    }
    const watch = watching(withKernels({ relu: { ...right, forward } }), 'float32')
    using scope = new Scope(watch.backend)
    relu.forward(scope, { x: scope.from(Float32Array.of(-1, -0, 2), [3]) })
    expect(await watch.firstChange()).toEqual({ kernel: 'relu.forward', operand: 'x', index: 1, before: -0, after: 0 })
    expect(await watch.firstChange()).toBeNull()
  })

  test('sees labels, and memory of earlier calls', async () => {
    let earlier: Data | null = null
    const backward: typeof loss.backward = (d, s, logits, labels, dlogits) => {
      loss.backward(d, s, logits, labels, dlogits)
      labels[0]++
    }
    const forward: typeof right.forward = (d, x, y) => {
      right.forward(d, x, y)
      if (earlier) earlier[0] = 7
      earlier = x
    }
    const kernels = { softmaxCrossEntropy: { ...loss, backward }, relu: { ...right, forward } }
    const watch = watching(withKernels(kernels), 'float32')
    using scope = new Scope(watch.backend)
    const logits = scope.from(Float32Array.of(1, 2), [1, 2])
    const { saved } = softmaxCrossEntropy.forward(scope, { logits, labels: scope.labels(Int32Array.of(0), 2) })
    softmaxCrossEntropy.backward(scope, saved)
    expect(await watch.firstChange()).toMatchObject({ kernel: 'softmaxCrossEntropy.backward', operand: 'labels' })
    for (const value of [1, 2]) relu.forward(scope, { x: scope.from(Float32Array.of(value), [1]) })
    expect(await watch.firstChange()).toMatchObject({ kernel: 'relu.forward', operand: null, before: 1, after: 7 })
  })
})
