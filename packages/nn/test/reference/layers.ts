import {
  affine,
  avgPool2d,
  batchNorm,
  conv2d,
  groupNorm,
  layerNorm,
  maxPool2d,
  relu,
  softmaxCrossEntropy,
  svmLoss,
} from '@convkit/api'
import { number, pair, sides } from './case.js'
import type { Bench, Results, Runner } from './run.js'

/** Each layer: the file's inputs to the file's outputs. */
export const layers: { readonly [layer: string]: Runner } = {
  affine({ scope, tensor, optional, dy }) {
    const { y, saved } = affine.forward(scope, { x: tensor('x'), w: tensor('w'), b: optional('b') })
    if (!dy) return { 'out.y': y }
    const { dx, dw, db } = affine.backward(scope, dy, saved)
    return { 'out.y': y, 'grad.x': dx, 'grad.w': dw, 'grad.b': db }
  },

  conv2d({ case: c, scope, tensor, optional, dy }) {
    const options = {
      stride: pair(c, 'stride'),
      pad: sides(c),
      dilation: pair(c, 'dilation'),
      groups: number(c, 'groups'),
    }
    const { y, saved } = conv2d.forward(scope, { x: tensor('x'), w: tensor('w'), b: optional('b') }, options)
    if (!dy) return { 'out.y': y }
    const { dx, dw, db } = conv2d.backward(scope, dy, saved)
    return { 'out.y': y, 'grad.x': dx, 'grad.w': dw, 'grad.b': db }
  },

  maxPool2d({ case: c, scope, tensor, dy }) {
    const options = { kernel: pair(c, 'kernel'), stride: pair(c, 'stride'), pad: sides(c) }
    const { y, saved } = maxPool2d.forward(scope, { x: tensor('x') }, options)
    return dy ? { 'out.y': y, 'grad.x': maxPool2d.backward(scope, dy, saved).dx } : { 'out.y': y }
  },

  avgPool2d({ case: c, scope, tensor, dy }) {
    const { countIncludePad } = c.attrs
    const options = {
      kernel: pair(c, 'kernel'),
      stride: pair(c, 'stride'),
      pad: sides(c),
      countIncludePad: countIncludePad === true,
    }
    const { y, saved } = avgPool2d.forward(scope, { x: tensor('x') }, options)
    return dy ? { 'out.y': y, 'grad.x': avgPool2d.backward(scope, dy, saved).dx } : { 'out.y': y }
  },

  relu({ scope, tensor, dy }) {
    const { y, saved } = relu.forward(scope, { x: tensor('x') })
    return dy ? { 'out.y': y, 'grad.x': relu.backward(scope, dy, saved).dx } : { 'out.y': y }
  },

  batchNorm({ case: c, scope, tensor, dy }) {
    const [runningMean, runningVar] = [tensor('runningMean'), tensor('runningVar')]
    const { y, saved } = batchNorm.forward(
      scope,
      { x: tensor('x'), gamma: tensor('gamma'), beta: tensor('beta'), runningMean, runningVar },
      { mode: c.attrs.mode === 'test' ? 'test' : 'train', eps: number(c, 'eps'), momentum: number(c, 'momentum') },
    )
    const forward = { 'out.y': y, 'out.runningMean': runningMean, 'out.runningVar': runningVar }
    if (!dy) return forward
    const { dx, dgamma, dbeta } = batchNorm.backward(scope, dy, saved)
    return { ...forward, 'grad.x': dx, 'grad.gamma': dgamma, 'grad.beta': dbeta }
  },

  layerNorm({ case: c, scope, tensor, dy }) {
    const inputs = { x: tensor('x'), gamma: tensor('gamma'), beta: tensor('beta') }
    const { y, saved } = layerNorm.forward(scope, inputs, { eps: number(c, 'eps') })
    if (!dy) return { 'out.y': y }
    const { dx, dgamma, dbeta } = layerNorm.backward(scope, dy, saved)
    return { 'out.y': y, 'grad.x': dx, 'grad.gamma': dgamma, 'grad.beta': dbeta }
  },

  groupNorm({ case: c, scope, tensor, dy }) {
    const inputs = { x: tensor('x'), gamma: tensor('gamma'), beta: tensor('beta') }
    const options = { groups: number(c, 'groups'), eps: number(c, 'eps') }
    const { y, saved } = groupNorm.forward(scope, inputs, options)
    if (!dy) return { 'out.y': y }
    const { dx, dgamma, dbeta } = groupNorm.backward(scope, dy, saved)
    return { 'out.y': y, 'grad.x': dx, 'grad.gamma': dgamma, 'grad.beta': dbeta }
  },

  softmaxCrossEntropy: (bench) => loss(bench, softmaxCrossEntropy),
  svmLoss: (bench) => loss(bench, svmLoss),
}

function loss({ scope, tensor, labels }: Bench, layer: typeof softmaxCrossEntropy): Results {
  const logits = tensor('x')
  const { loss: value, saved } = layer.forward(scope, { logits, labels: labels(logits.shape[1] ?? 0) })
  return { 'out.loss': value, 'grad.x': layer.backward(scope, saved).dlogits }
}
