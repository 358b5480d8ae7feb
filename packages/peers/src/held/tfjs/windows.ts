import type { AvgPool2dDims, Conv2dDims, Kernels, WindowDims } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, held, type Line, type Manner, only, ownMemory, vjp } from './box.js'

type Sides = Pick<WindowDims, 'padTop' | 'padLeft' | 'padBottom' | 'padRight'>
type Pad = 'valid' | number | tf.backend_util.ExplicitPadding

function padOf({ padTop, padLeft, padBottom, padRight }: Sides, manner: Manner): Pad {
  const sides = [padTop, padBottom, padLeft, padRight]
  if (manner === 'plain' && sides.every((side) => side === padTop)) return padTop
  if (sides.every((side) => side === 0)) return 'valid'
  return [
    [0, 0],
    [padTop, padBottom],
    [padLeft, padRight],
    [0, 0],
  ]
}

const pixelsLast = (x: tf.Tensor4D) => tf.transpose(x, [0, 2, 3, 1])
const pixelsFirst = (y: tf.Tensor4D) => tf.transpose(y, [0, 3, 1, 2])

function shaped(y: tf.Tensor4D, shape: readonly number[]): tf.Tensor4D {
  if (y.shape.join() !== shape.join())
    throw new Error(`TensorFlow.js gave an output of shape [${y.shape}], expected [${shape}]`)
  return y
}

type Four = [number, number, number, number]
const inputShape = (d: WindowDims): Four => [d.n, d.channels, d.inH, d.inW]
const outputShape = (d: WindowDims): Four => [d.n, d.channels, d.outH, d.outW]

export function maxPool2dKernels({ overwrite }: Line, manner: Manner): Kernels<Box>['maxPool2d'] {
  const pooled = (d: WindowDims) => (x: tf.Tensor4D) => {
    const y = tf.maxPool(pixelsLast(x), [d.kH, d.kW], [d.strideH, d.strideW], padOf(d, manner))
    return shaped(pixelsFirst(y), outputShape(d))
  }
  return {
    forward: (d, x, y) => overwrite([y], () => [pooled(d)(held(x, inputShape(d)))]),
    backward: (d, dy, x, _y, dx) =>
      overwrite([dx], () => [vjp(pooled(d), held<tf.Rank.R4>(x, inputShape(d)), held(dy, outputShape(d)))]),
  }
}

/** The library's average leaves padding out; where it is to count, the image is padded with zeros before. */
export function avgPool2dKernels({ overwrite }: Line, manner: Manner): Kernels<Box>['avgPool2d'] {
  const pooled = (d: AvgPool2dDims) => (x: tf.Tensor4D) => {
    const image = pixelsLast(x)
    const zeros = d.countIncludePad ? padOf(d, 'careful') : 'valid'
    const y = tf.avgPool(
      typeof zeros === 'string' ? image : tf.pad(image, zeros as [number, number][]),
      [d.kH, d.kW],
      [d.strideH, d.strideW],
      d.countIncludePad ? 'valid' : padOf(d, manner),
    )
    return shaped(pixelsFirst(y), outputShape(d))
  }
  return {
    forward: (d, x, y) => overwrite([y], () => [pooled(d)(held(x, inputShape(d)))]),
    backward: (d, dy, dx) =>
      overwrite([dx], () => [vjp(pooled(d), tf.zeros<tf.Rank.R4>(inputShape(d)), held(dy, outputShape(d)))]),
  }
}

const imagesOf = (d: Conv2dDims): Four => [d.n, d.inC, d.inH, d.inW]
const filtersOf = (d: Conv2dDims): Four => [d.outC, d.inC / d.groups, d.kH, d.kW]
const mapsOf = (d: Conv2dDims): Four => [d.n, d.outC, d.outH, d.outW]

/** One channel a group. */
const isDepthwise = (d: Conv2dDims) => d.groups > 1 && d.groups === d.inC

/** NCHW in and out. */
function convolution(d: Conv2dDims, manner: Manner): (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor4D {
  const [strides, dilations]: [number, number][] = [
    [d.strideH, d.strideW],
    [d.dilationH, d.dilationW],
  ]
  const pad = padOf(d, manner)
  return (x, w) => {
    const images = pixelsLast(x)
    if (!isDepthwise(d)) {
      const filters = tf.transpose(w, [2, 3, 1, 0])
      return shaped(pixelsFirst(tf.conv2d(images, filters, strides, pad, 'NHWC', dilations)), mapsOf(d))
    }
    const filters = tf.transpose(tf.reshape(w, [d.inC, d.outC / d.inC, d.kH, d.kW]), [2, 3, 0, 1]) as tf.Tensor4D
    // Its types leave out the pairs that its documentation and its code know.
    const y = tf.depthwiseConv2d(images, filters, strides, pad as 'valid', 'NHWC', dilations)
    return shaped(pixelsFirst(y), mapsOf(d))
  }
}

function whyNoConvolution(d: Conv2dDims): string | null {
  if (d.groups > 1 && !isDepthwise(d)) return 'it has no groups of several channels'
  const [stride, dilation] = [Math.max(d.strideH, d.strideW), Math.max(d.dilationH, d.dilationW)]
  return stride > 1 && dilation > 1 ? 'it takes either strides or dilations' : null
}

export function conv2dKernels({ overwrite }: Line, manner: Manner, backend: string): Kernels<Box>['conv2d'] {
  const lacks = (kernel: string) => !tf.getKernel(kernel, backend)
  return {
    unsupported(d, method, wanted) {
      const reason = whyNoConvolution(d)
      if (reason || method !== 'backward' || (wanted.dx === false && wanted.dw === false)) return reason
      if (Math.max(d.dilationH, d.dilationW) > 1) return 'its dilated convolutions have no gradient'
      const depthwise = isDepthwise(d)
      if (wanted.dx !== false && lacks(depthwise ? 'DepthwiseConv2dNativeBackpropInput' : 'Conv2DBackpropInput'))
        return `its ${backend} backend has no kernel of this gradient for images`
      if (wanted.dw !== false && lacks(depthwise ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter'))
        return `its ${backend} backend has no kernel of this gradient for filters`
      return null
    },
    forward: (d, x, w, b, y) =>
      overwrite([y], () => {
        const product = convolution(d, manner)(held(x, imagesOf(d)), held(w, filtersOf(d)))
        return [b ? tf.add(product, held(b, [1, d.outC, 1, 1])) : product]
      }),
    backward: (d, dy, x, w, dx, dw, db) =>
      overwrite(only(dx, dw, db), () => {
        const given = held<tf.Rank.R4>(dy, mapsOf(d))
        const [images, filters] = [held<tf.Rank.R4>(x, imagesOf(d)), held<tf.Rank.R4>(w, filtersOf(d))]
        const convolved = convolution(d, manner)
        return only<tf.Tensor>(
          dx && vjp((one) => convolved(one, filters), images, given),
          dw && vjp((one) => convolved(images, one), filters, given),
          db &&
            vjp(
              (bias: tf.Tensor4D) => tf.add<tf.Tensor4D>(tf.zerosLike(given), bias),
              tf.zeros([1, d.outC, 1, 1]),
              given,
            ),
        )
      }),
  }
}

export function convReluKernels({ overwrite }: Line, manner: Manner): NonNullable<Kernels<Box>['convRelu']> {
  return {
    unsupported: (d) => (d.groups > 1 ? 'its fused convolution has no groups' : whyNoConvolution(d)),
    forward: (d, x, w, b, y) =>
      overwrite([y], () => {
        const maps = tf.fused.conv2d({
          x: pixelsLast(held(x, imagesOf(d))),
          filter: tf.transpose(held<tf.Rank.R4>(w, filtersOf(d)), [2, 3, 1, 0]),
          strides: [d.strideH, d.strideW],
          pad: padOf(d, manner),
          dilations: [d.dilationH, d.dilationW],
          ...(b && { bias: ownMemory(held(b, [d.outC]), manner) }),
          activation: 'relu',
        })
        return [shaped(pixelsFirst(maps), mapsOf(d))]
      }),
  }
}
