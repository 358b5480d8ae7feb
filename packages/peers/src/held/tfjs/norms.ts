import type { BatchNormDims, Kernels } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, held, type Line, type Manner, only, vjp } from './box.js'

/** Channels are the library's last axis. */
function pixels({ n, channels, inner }: BatchNormDims, one: Box): tf.Tensor4D {
  return tf.reshape(tf.transpose(held<tf.Rank.R3>(one, [n, channels, inner]), [0, 2, 1]), [n, 1, inner, channels])
}

const planes = (x: tf.Tensor4D) => tf.transpose(tf.squeeze<tf.Tensor3D>(x, [1]), [0, 2, 1])
const moments = (x: tf.Tensor4D) => tf.moments(x, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D }

/** The gradient of x is the library's own, through the moments, where those are of this batch alone. */
export function batchNormKernels({ overwrite }: Line, manner: Manner): Kernels<Box>['batchNorm'] {
  /** Its documentation lets it be left out. */
  const noOffset = (like: tf.Tensor1D) => (manner === 'careful' ? tf.zerosLike(like) : undefined)
  const perChannel = (one: Box) => held<tf.Rank.R1>(one, [one.length])
  return {
    statistics: (d, x, mean, variance) =>
      overwrite([mean, variance], () => {
        const of = moments(pixels(d, x))
        return [of.mean, of.variance]
      }),
    normalize: (d, { eps }, x, gamma, beta, mean, variance, y) =>
      overwrite([y], () => {
        const [centre, spread] = [perChannel(mean), perChannel(variance)]
        return [planes(tf.batchNorm(pixels(d, x), centre, spread, perChannel(beta), perChannel(gamma), eps))]
      }),
    running: (_, { momentum }, batch, running) =>
      overwrite([running], () => [
        tf.movingAverage(perChannel(running), perChannel(batch), momentum, undefined, false),
      ]),
    reduce: (d, { eps }, dy, x, mean, variance, dgamma, dbeta) =>
      overwrite([dgamma, dbeta], () => {
        const [image, centre, spread] = [pixels(d, x), perChannel(mean), perChannel(variance)]
        const [offset, scale] = [tf.zerosLike(centre), tf.onesLike(centre)]
        return [
          vjp((gamma) => tf.batchNorm(image, centre, spread, offset, gamma, eps), scale, pixels(d, dy)),
          vjp((beta) => tf.batchNorm(image, centre, spread, beta, scale, eps), offset, pixels(d, dy)),
        ]
      }),
    input: (d, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) =>
      overwrite([dx], () => {
        const [image, given, scale] = [pixels(d, x), pixels(d, dy), perChannel(gamma)]
        if (count === d.n * d.inner) {
          const normalized = (one: tf.Tensor4D) => {
            const of = moments(one)
            return tf.batchNorm(one, of.mean, of.variance, noOffset(scale), scale, eps)
          }
          return [planes(vjp(normalized, image, given))]
        }
        const inverse = tf.rsqrt(tf.add(perChannel(variance), eps))
        const xhat = tf.mul(tf.sub(image, perChannel(mean)), inverse)
        const shares = tf.div(tf.add(perChannel(dbeta), tf.mul(xhat, perChannel(dgamma))), count)
        return [planes(tf.mul(tf.mul(scale, inverse), tf.sub(given, shares)))]
      }),
    inputFixed: (d, { eps }, dy, gamma, variance, dx) =>
      overwrite([dx], () => {
        const [spread, scale, given] = [perChannel(variance), perChannel(gamma), pixels(d, dy)]
        const normalized = (x: tf.Tensor4D) =>
          tf.batchNorm(x, tf.zerosLike(spread), spread, noOffset(scale), scale, eps)
        return [planes(vjp(normalized, tf.zerosLike(given), given))]
      }),
  }
}

interface Rows {
  readonly rows: number
  readonly columns: number
  /** Of a row's groups; its elements have a gamma each, as layers have them, or each of `channels` has. */
  readonly affine: (parameter: tf.Tensor1D) => tf.Tensor2D
  readonly parameters: number
}

/** As the library's own layer of that name does it: moments, and a batch norm with all operands as large as x. */
function normalized({ rows, columns, affine }: Rows, eps: number) {
  return (x: tf.Tensor2D, gamma: tf.Tensor1D, beta: tf.Tensor1D): tf.Tensor2D => {
    const { mean, variance } = tf.moments(x, 1, true)
    const wide = (one: tf.Tensor) => tf.tile(one as tf.Tensor2D, [1, columns])
    const tall = (one: tf.Tensor1D) => tf.tile(affine(one), [rows / affine(one).shape[0], 1])
    return tf.batchNorm2d(x, wide(mean), wide(variance), tall(beta), tall(gamma), eps)
  }
}

interface NormOutputs {
  readonly dx: Box | null
  readonly dgamma: Box | null
  readonly dbeta: Box | null
}

function forward(
  { overwrite }: Line,
  of: Rows,
  eps: number,
  [x, gamma, beta, y, mean, variance]: readonly Box[],
): void {
  if (!x || !gamma || !beta || !y || !mean || !variance) throw new Error('a norm has six operands')
  overwrite([y, mean, variance], () => {
    const rows = held<tf.Rank.R2>(x, [of.rows, of.columns])
    const moments = tf.moments(rows, 1)
    const [scale, offset] = [held<tf.Rank.R1>(gamma, [of.parameters]), held<tf.Rank.R1>(beta, [of.parameters])]
    return [normalized(of, eps)(rows, scale, offset), moments.mean, moments.variance]
  })
}

function backward(
  { overwrite }: Line,
  of: Rows,
  eps: number,
  [dy, x, gamma]: readonly [Box, Box, Box],
  { dx, dgamma, dbeta }: NormOutputs,
): void {
  overwrite(only(dx, dgamma, dbeta), () => {
    const [given, rows] = [held<tf.Rank.R2>(dy, [of.rows, of.columns]), held<tf.Rank.R2>(x, [of.rows, of.columns])]
    const scale = held<tf.Rank.R1>(gamma, [of.parameters])
    const f = normalized(of, eps)
    const zeros = tf.zerosLike(scale)
    return only<tf.Tensor>(
      dx && vjp((one) => f(one, scale, zeros), rows, given),
      dgamma && vjp((one) => f(rows, one, zeros), scale, given),
      dbeta && vjp((one) => f(rows, scale, one), zeros, given),
    )
  })
}

export function layerNormKernels(line: Line): Kernels<Box>['layerNorm'] {
  const rowsOf = ({ n, size }: { readonly n: number; readonly size: number }): Rows => ({
    rows: n,
    columns: size,
    parameters: size,
    affine: (parameter) => tf.reshape(parameter, [1, size]),
  })
  return {
    forward: (d, { eps }, x, gamma, beta, y, mean, variance) =>
      forward(line, rowsOf(d), eps, [x, gamma, beta, y, mean, variance]),
    backward: (d, { eps }, dy, x, gamma, _mean, _variance, dx, dgamma, dbeta) =>
      backward(line, rowsOf(d), eps, [dy, x, gamma], { dx, dgamma, dbeta }),
  }
}

interface Groups extends BatchNormDims {
  readonly groups: number
}

/** The library has no group norm; this is its layer norm with a group for a row. */
export function groupNormKernels(line: Line): Kernels<Box>['groupNorm'] {
  const rowsOf = ({ n, channels, inner, groups }: Groups): Rows => ({
    rows: n * groups,
    columns: (channels / groups) * inner,
    parameters: channels,
    affine: (parameter) =>
      tf.reshape(tf.tile(tf.reshape(parameter, [channels, 1]), [1, inner]), [groups, (channels / groups) * inner]),
  })
  return {
    forward: (d, { eps }, x, gamma, beta, y, mean, variance) =>
      forward(line, rowsOf(d), eps, [x, gamma, beta, y, mean, variance]),
    backward: (d, { eps }, dy, x, gamma, _mean, _variance, dx, dgamma, dbeta) =>
      backward(line, rowsOf(d), eps, [dy, x, gamma], { dx, dgamma, dbeta }),
  }
}
