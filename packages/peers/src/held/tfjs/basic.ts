import type { Kernels } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, held, type Line, type Manner, only, ownMemory, vjp } from './box.js'

export function vectorKernels({ overwrite }: Line): Kernels<Box>['vector'] {
  const flat = (one: Box) => held<tf.Rank.R1>(one, [one.length])
  return {
    fill: ({ size }, { value }, y) => overwrite([y], () => [tf.fill([size], value)]),
    copy: (_, x, y) => overwrite([y], () => [tf.clone(flat(x))]),
    scale: (_, { a }, y) => overwrite([y], () => [tf.mul(flat(y), a)]),
    addScaled: (_, { a }, x, y) => overwrite([y], () => [tf.add(flat(y), tf.mul(flat(x), a))]),
    multiply: (_, x, m, y) => overwrite([y], () => [tf.mul(flat(x), flat(m))]),
    sumOfSquares: (_, x, y) => overwrite([y], () => [tf.sum(tf.square(flat(x)))]),
  }
}

export function affineKernels({ overwrite }: Line, manner: Manner): Kernels<Box>['affine'] {
  return {
    forward: ({ n, inSize, outSize }, x, w, b, y) =>
      overwrite([y], () => {
        const weights = ownMemory(held<tf.Rank.R2>(w, [inSize, outSize]), manner)
        const product = tf.matMul(held<tf.Rank.R2>(x, [n, inSize]), weights)
        return [b ? tf.add(product, held(b, [1, outSize])) : product]
      }),
    backward: ({ n, inSize, outSize }, dy, x, w, dx, dw, db) =>
      overwrite(only(dx, dw, db), () => {
        const given = held<tf.Rank.R2>(dy, [n, outSize])
        const rows = held<tf.Rank.R2>(x, [n, inSize])
        const weights = ownMemory(held<tf.Rank.R2>(w, [inSize, outSize]), manner)
        return only<tf.Tensor>(
          dx && vjp((one) => tf.matMul<tf.Tensor2D>(one, weights), rows, given),
          dw && vjp((one) => tf.matMul<tf.Tensor2D>(rows, one), weights, given),
          db && vjp((bias: tf.Tensor1D) => tf.add<tf.Tensor2D>(tf.zerosLike(given), bias), tf.zeros([outSize]), given),
        )
      }),
  }
}

export function affineReluKernels({ overwrite }: Line, manner: Manner): NonNullable<Kernels<Box>['affineRelu']> {
  return {
    forward: ({ n, inSize, outSize }, x, w, b, y) =>
      overwrite([y], () => [
        tf.fused.matMul({
          a: held(x, [n, inSize]),
          b: ownMemory(held(w, [inSize, outSize]), manner),
          ...(b && { bias: ownMemory(held(b, [outSize]), manner) }),
          activation: 'relu',
        }),
      ]),
  }
}

/** The mask of the gradient is taken of y, which is positive where x is. */
export function reluKernels({ overwrite }: Line): Kernels<Box>['relu'] {
  return {
    forward: ({ size }, x, y) => overwrite([y], () => [tf.relu(held(x, [size]))]),
    backward: ({ size }, dy, y, dx) =>
      overwrite([dx], () => [vjp((one: tf.Tensor1D) => tf.relu(one), held(y, [size]), held<tf.Rank.R1>(dy, [size]))]),
  }
}
