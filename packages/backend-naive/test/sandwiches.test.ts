import {
  affine,
  affineRelu,
  batchNorm,
  conv2d,
  convBnRelu,
  convBnReluPool,
  convRelu,
  convReluPool,
  type FloatTensor,
  maxPool2d,
  relu,
  Scope,
  type Shape,
  sizeOf,
} from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../src/index.js'
import { draw } from './draw.js'

const conv = { pad: 1 }
const pool = { kernel: 2 }
const bn = { mode: 'train' } as const

function operands() {
  const scope = new Scope(createNaive())
  const random = draw(26)
  const tensor = (...shape: Shape) => scope.from(random(sizeOf(shape)), shape)
  const ones = () => scope.from(Float64Array.of(1, 1, 1), [3])
  const inputs = { x: tensor(2, 2, 4, 4), w: tensor(3, 2, 3, 3), b: tensor(3) }
  const norm = () => ({ gamma: ones(), beta: ones(), runningMean: ones(), runningVar: ones() })
  return { scope, tensor, inputs, norm }
}

async function values(tensors: { readonly [name: string]: FloatTensor | null }) {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, tensor && (await tensor.read())])
  return Object.fromEntries(await Promise.all(entries))
}

describe('a sandwich is the composition of its layers', () => {
  test('affineRelu', async () => {
    const { scope, tensor } = operands()
    const inputs = { x: tensor(3, 4), w: tensor(4, 5), b: tensor(5) }
    const whole = affineRelu.forward(scope, inputs)
    const first = affine.forward(scope, inputs)
    const second = relu.forward(scope, { x: first.y })
    expect(await whole.y.read()).toEqual(await second.y.read())
    const dy = tensor(3, 5)
    const { dx } = relu.backward(scope, dy, second.saved)
    expect(await values(affineRelu.backward(scope, dy, whole.saved))).toEqual(
      await values(affine.backward(scope, dx, first.saved)),
    )
  })

  test('convRelu, convReluPool', async () => {
    const { scope, inputs, tensor } = operands()
    const whole = convReluPool.forward(scope, inputs, conv, pool)
    const inner = convRelu.forward(scope, inputs, conv)
    const first = conv2d.forward(scope, inputs, conv)
    const second = relu.forward(scope, { x: first.y })
    const third = maxPool2d.forward(scope, { x: second.y }, pool)
    expect(await inner.y.read()).toEqual(await second.y.read())
    expect(await whole.y.read()).toEqual(await third.y.read())
    const dy = tensor(...third.y.shape)
    const pooled = maxPool2d.backward(scope, dy, third.saved).dx
    const gradients = await values(conv2d.backward(scope, relu.backward(scope, pooled, second.saved).dx, first.saved))
    expect(await values(convRelu.backward(scope, pooled, inner.saved))).toEqual(gradients)
    expect(await values(convReluPool.backward(scope, dy, whole.saved))).toEqual(gradients)
    const some = await values(convReluPool.backward(scope, dy, whole.saved, { dx: false }))
    expect(some).toEqual({ ...gradients, dx: null })
  })

  test('convBnRelu, convBnReluPool', async () => {
    const { scope, inputs, tensor, norm } = operands()
    const whole = convBnReluPool.forward(scope, { ...inputs, ...norm() }, conv, bn, pool)
    const inner = convBnRelu.forward(scope, { ...inputs, ...norm() }, conv, bn)
    const first = conv2d.forward(scope, inputs, conv)
    const second = batchNorm.forward(scope, { x: first.y, ...norm() }, bn)
    const third = relu.forward(scope, { x: second.y })
    const fourth = maxPool2d.forward(scope, { x: third.y }, pool)
    expect(await inner.y.read()).toEqual(await third.y.read())
    expect(await whole.y.read()).toEqual(await fourth.y.read())
    const dy = tensor(...fourth.y.shape)
    const pooled = maxPool2d.backward(scope, dy, fourth.saved).dx
    const { dx, ...normGradients } = batchNorm.backward(
      scope,
      relu.backward(scope, pooled, third.saved).dx,
      second.saved,
    )
    const gradients = await values({ ...conv2d.backward(scope, dx, first.saved), ...normGradients })
    expect(await values(convBnRelu.backward(scope, pooled, inner.saved))).toEqual(gradients)
    expect(await values(convBnReluPool.backward(scope, dy, whole.saved))).toEqual(gradients)
  })
})
