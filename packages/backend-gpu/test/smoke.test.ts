import { affine, conv2d, relu, Scope, sgd } from '@convkit/api'
import { expect, it } from 'vitest'
import { createGpu } from '../src/index.js'

it('trains a step', async () => {
  const backend = await createGpu({ provider: 'cpu' })
  using scope = new Scope(backend)
  const x = scope.from(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2])
  const w = scope.from(Float32Array.of(1), [1, 1, 1, 1])
  const { y, saved } = conv2d.forward(scope, { x, w })
  const r = relu.forward(scope, { x: y })
  const m = scope.from(Float32Array.of(1, 1, 1, 1), [4, 1])
  const { y: z } = affine.forward(scope, { x: r.y, w: m })
  const { dw } = conv2d.backward(scope, r.y, saved)
  sgd.update(w, dw, [], { learningRate: 0.1 })
  expect([...(await z.read())]).toEqual([10])
  expect([...(await w.read())]).toEqual([-2])
  expect(backend.counts).toMatchObject({ compiled: 1, runs: 1 })
})
