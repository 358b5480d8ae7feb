import {
  affine as affineLayer,
  type BatchNormOptions,
  type Conv2dDims,
  type Conv2dOptions,
  conv2d,
  kernelCost,
  type MaxPool2dOptions,
  maxPool2d,
} from '@convkit/api'
import { type LayerWorkload, leftOut, type Pass, type Refusal, unsupported } from '@convkit/bench'
import * as tf from '@tensorflow/tfjs-core'

export type TfjsBackend = 'cpu' | 'wasm'
export interface Setting {
  readonly backend: TfjsBackend
  /** Seconds that one call is waited for. */
  readonly patienceSeconds: number
}
export type Compute = () => { readonly [result: string]: tf.Tensor }
/** How a pass is computed, or why it is not. */
export type Computes = { readonly [P in Pass]?: Compute | Refusal }

/** GFLOP/s of the cpu backend's gradient of filters, and of its products of matrices. */
const cpuGradientRate = 0.02
const cpuProductRate = 0.8

/** Inputs by name; what a layer computes once is added, and freed with them. */
export type Tensors = { [name: string]: tf.Tensor }

export function computesOf(workload: LayerWorkload, tensors: Tensors, setting: Setting): Computes {
  switch (workload.layer) {
    case 'conv2d':
      return convolution(workload, tensors, setting)
    case 'maxPool2d':
      return maxPool(workload, tensors)
    case 'affine':
      return affine(workload, tensors, setting)
    case 'batchNorm':
      return batchNorm(workload, tensors)
    default: {
      const refusal = unsupported('it is not compared in this layer')
      return { forward: refusal, backward: refusal }
    }
  }
}

function of(tensors: Tensors, name: string): tf.Tensor {
  const tensor = tensors[name]
  if (!tensor) throw new Error(`the workload has no ${name}`)
  return tensor
}

function ofRank<R extends tf.Rank>(tensors: Tensors, name: string, rank: tf.ShapeMap[R]['length']): tf.Tensor<R> {
  const tensor = of(tensors, name)
  if (!hasRank<R>(tensor, rank)) throw new Error(`${name} has ${tensor.rank} axes, expected ${rank}`)
  return tensor
}

function hasRank<R extends tf.Rank>(tensor: tf.Tensor, rank: tf.ShapeMap[R]['length']): tensor is tf.Tensor<R> {
  return tensor.rank === rank
}

function convolution(workload: LayerWorkload, tensors: Tensors, setting: Setting): Computes {
  const { x = [], w = [] } = workload.inputs
  // The benchmark has tried these attributes on this layer.
  const d = conv2d.dims(x, w, undefined, workload.attributes as Conv2dOptions)
  if (d.groups !== 1) return { forward: unsupported('it has no groups'), backward: unsupported('it has no groups') }
  const [image, filter] = [ofRank<tf.Rank.R4>(tensors, 'x', 4), ofRank<tf.Rank.R4>(tensors, 'w', 4)]
  const bias = tensors.b && ofRank<tf.Rank.R1>(tensors, 'b', 1)
  const strides: [number, number] = [d.strideH, d.strideW]
  const geometry = { strides, pad: explicit(d), dataFormat: 'NHWC' as const }
  return {
    forward: () => ({
      y: tf.fused.conv2d({
        x: image,
        filter,
        ...geometry,
        dilations: [d.dilationH, d.dilationW],
        ...(bias && { bias }),
      }),
    }),
    backward:
      whyNoGradient(d, setting) ??
      (() => ({
        dx: run('Conv2DBackpropInput', { dy: of(tensors, 'dy'), filter }, { ...geometry, inputShape: image.shape }),
        dw: run(
          'Conv2DBackpropFilter',
          { x: image, dy: of(tensors, 'dy') },
          { ...geometry, filterShape: filter.shape },
        ),
        db: tf.sum(of(tensors, 'dy'), [0, 1, 2]),
      })),
  }
}

function whyNoGradient(d: Conv2dDims, { backend, patienceSeconds }: Setting): Refusal | null {
  if (!tf.getKernel('Conv2DBackpropFilter', backend)) return unsupported('it has no kernel Conv2DBackpropFilter')
  return tooLong(kernelCost('conv2d', 'backward', d, 'float32').flops / cpuGradientRate / 1e9, patienceSeconds)
}

function tooLong(seconds: number, patienceSeconds: number): Refusal | null {
  return seconds > patienceSeconds ? leftOut(`estimated at ${Math.round(seconds)} s a call`) : null
}

function maxPool(workload: LayerWorkload, tensors: Tensors): Computes {
  const d = maxPool2d.dims(workload.inputs.x ?? [], workload.attributes as unknown as MaxPool2dOptions)
  const filterSize: [number, number] = [d.kH, d.kW]
  const strides: [number, number] = [d.strideH, d.strideW]
  const x = ofRank<tf.Rank.R4>(tensors, 'x', 4)
  const forward = () => tf.maxPool(x, filterSize, strides, explicit(d))
  const output = forward()
  tensors.output = output
  const attributes = { filterSize, strides, pad: explicit(d) }
  return {
    forward: () => ({ y: forward() }),
    backward: () => ({ dx: run('MaxPoolGrad', { dy: of(tensors, 'dy'), input: x, output }, attributes) }),
  }
}

function affine({ inputs }: LayerWorkload, tensors: Tensors, { backend, patienceSeconds }: Setting): Computes {
  const { flops } = kernelCost('affine', 'forward', affineLayer.dims(inputs.x ?? [], inputs.w ?? []), 'float32')
  const seconds = backend === 'cpu' ? flops / cpuProductRate / 1e9 : 0
  const [x, w] = [ofRank<tf.Rank.R2>(tensors, 'x', 2), ofRank<tf.Rank.R2>(tensors, 'w', 2)]
  const bias = tensors.b
  return {
    forward:
      tooLong(seconds, patienceSeconds) ?? (() => ({ y: tf.fused.matMul({ a: x, b: w, ...(bias && { bias }) }) })),
    backward() {
      const dy = ofRank<tf.Rank.R2>(tensors, 'dy', 2)
      return { dx: tf.matMul(dy, w, false, true), dw: tf.matMul(x, dy, true, false), db: tf.sum(dy, 0) }
    },
  }
}

/** Its gradient is no kernel, so the formula is composed here, from the statistics of the forward pass. */
function batchNorm(workload: LayerWorkload, tensors: Tensors): Computes {
  const { mode, eps = 1e-5 } = workload.attributes as unknown as BatchNormOptions
  if (mode === 'test') {
    const refusal = unsupported('only training is compared')
    return { forward: refusal, backward: refusal }
  }
  const [x, dy, gamma] = [of(tensors, 'x'), of(tensors, 'dy'), ofRank<tf.Rank.R1>(tensors, 'gamma', 1)]
  const beta = ofRank<tf.Rank.R1>(tensors, 'beta', 1)
  const axes = x.shape.slice(0, -1).map((_, axis) => axis)
  const statistics = () => tf.moments(x, axes) as { mean: tf.Tensor1D; variance: tf.Tensor1D }
  const { mean, variance } = statistics()
  Object.assign(tensors, { mean, variance })
  return {
    forward() {
      const { mean, variance } = statistics()
      return { y: tf.batchNorm(x, mean, variance, beta, gamma, eps) }
    },
    backward() {
      const inverse = tf.rsqrt(tf.add(variance, eps))
      const xhat = tf.mul(tf.sub(x, mean), inverse)
      const dbeta = tf.sum(dy, axes)
      const dgamma = tf.sum(tf.mul(dy, xhat), axes)
      const means = tf.div(tf.add(dbeta, tf.mul(xhat, dgamma)), x.size / gamma.size)
      return { dx: tf.mul(tf.mul(gamma, inverse), tf.sub(dy, means)), dgamma, dbeta }
    },
  }
}

function explicit({ padTop, padBottom, padLeft, padRight }: Sides): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [padTop, padBottom],
    [padLeft, padRight],
    [0, 0],
  ]
}

type Sides = Pick<Conv2dDims, 'padTop' | 'padLeft' | 'padBottom' | 'padRight'>

/** Kernels of gradients have no functions of their own. */
function run(kernel: string, inputs: Tensors, attributes: object): tf.Tensor {
  return tf.engine().runKernel(kernel, { ...inputs }, attributes as tf.NamedAttrMap) as tf.Tensor
}
